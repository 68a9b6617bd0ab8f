-- Debugs the example in a headless Neovim with nvim-dap, as a person would: breakpoint, run, look, continue. Prints TAP.
-- Environment: NVIM_DAP (checkout of nvim-dap), NIXTEST_PLUGIN (this plugin), NIXTEST_DAP_BIN (the program),
-- NIXTEST_PROJECT (directory with tests/example and tests/editors).

vim.opt.runtimepath:prepend({ vim.env.NVIM_DAP, vim.env.NIXTEST_PLUGIN })
vim.cmd('filetype plugin on')
vim.cmd('runtime plugin/dap.lua')

local dap = require('dap')
local project = vim.env.NIXTEST_PROJECT
local script = project .. '/tests/example/hello.nix'

-- A first run builds the guest. Milliseconds.
local patience = 300000

---What the tests see of the session under way.
local seen = {}
---@type { prompt: string, default: string }[]
local questions = {}
---@type string[]
local notifications = {}
---@type string?
local answer

local function watch_session()
  seen = { output = '' }
  questions, notifications = {}, {}
end

dap.listeners.after.event_output['test'] = function(_, body)
  seen.output = seen.output .. body.output
end
dap.listeners.after.event_stopped['test'] = function(_, body)
  seen.reason = body.reason
end
dap.listeners.after.event_exited['test'] = function(_, body)
  seen.exit_code = body.exitCode
end
dap.listeners.after.event_terminated['test'] = function()
  seen.terminated = true
end
---@diagnostic disable-next-line: duplicate-set-field
vim.notify = function(text)
  table.insert(notifications, text)
end
---@diagnostic disable-next-line: duplicate-set-field
vim.ui.input = function(options, on_confirm)
  table.insert(questions, { prompt = options.prompt, default = options.default })
  on_confirm(answer or options.default)
end

---@param what string
---@param condition fun(): any
local function wait_for(what, condition)
  vim.wait(patience, function()
    return condition() or (what == 'the stop' and seen.terminated)
  end, 20)
  if not condition() then
    error(('waited in vain for %s; notifications: %s; output:\n%s'):format(what, vim.inspect(notifications), seen.output))
  end
  return condition()
end

local function equal(actual, expected)
  if not vim.deep_equal(actual, expected) then
    error(('expected %s, got %s'):format(vim.inspect(expected), vim.inspect(actual)), 2)
  end
end

---@param file string
---@param marker string
---@return integer line
local function marked_line(file, marker)
  for number, line in ipairs(vim.fn.readfile(file)) do
    if line:find('# @' .. marker .. '%f[%W]') then
      return number
    end
  end
  error(('%s has no line marked "# @%s"'):format(file, marker))
end

local function signs_by_name()
  local lines = {}
  for _, sign in ipairs(vim.fn.sign_getplaced(vim.fn.bufnr(script), { group = '*' })[1].signs) do
    lines[sign.name] = sign.lnum
  end
  return lines
end

---@param expression string
---@param context string
local function evaluate(expression, context)
  local result
  local frame = dap.session().current_frame
  dap.session():evaluate({ expression = expression, context = context, frameId = frame.id }, function(err, response)
    result = response and response.result or tostring(err)
  end)
  return wait_for('the value of ' .. expression, function()
    return result
  end)
end

---A terminal opens, and what is typed there is done in the machine.
local function shows_a_shell_in_the_machine()
  vim.cmd.NixtestShell()
  local function shown(text)
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.bo[buffer].buftype == 'terminal' then
        local lines = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
        if lines:find(text, 1, true) then
          return vim.bo[buffer].channel
        end
      end
    end
  end
  local channel = wait_for('the prompt', function()
    return shown('[root@greeter:')
  end)
  vim.api.nvim_chan_send(channel, 'echo $((6 * 7)); exit\r')
  wait_for('the answer', function()
    return shown('42')
  end)
end

local tests = {}

function tests.a_breakpoint_in_a_nix_file_is_hit_and_the_test_runs_to_its_end()
  local line = marked_line(script, 'demo')
  vim.cmd.edit(script)
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  dap.set_breakpoint()
  equal(signs_by_name().DapBreakpoint, line)

  dap.continue()
  local frame = wait_for('the stop', function()
    return seen.reason and dap.session() and dap.session().current_frame
  end)
  equal(questions, { { prompt = 'Test in default.nix: ', default = 'hello' } })
  equal({ seen.reason, frame.line, frame.source.path }, { 'breakpoint', line, script })
  equal(signs_by_name().DapStopped, line)
  equal(vim.api.nvim_win_get_cursor(0)[1], line)

  equal(evaluate('sum(lengths)', 'watch'), '12')
  equal(evaluate('machine.succeed("hostname")', 'repl'), [['greeter\n']])
  shows_a_shell_in_the_machine()

  dap.continue()
  wait_for('the end', function()
    return seen.terminated and not dap.session()
  end)
  equal(seen.exit_code, 0)
  equal(signs_by_name().DapStopped, nil)
  equal(notifications, {})
  assert(seen.output:find('must succeed: cat /etc/greeting', 1, true), seen.output)
end

function tests.the_lines_of_the_readme_work_without_the_plugin()
  dap.adapters.nixtest, dap.configurations.nix = nil, nil
  dap.listeners.after['event_nixtest/failed'] = nil
  local readme = table.concat(vim.fn.readfile(vim.env.NIXTEST_PLUGIN .. '/README.md'), '\n')
  local lines = readme:match('## Without it.-```lua\n(.-)```')
  assert(load((lines:gsub("command = 'nixtest%-dap'", 'command = vim.env.NIXTEST_DAP_BIN'))))()
  local line = marked_line(script, 'demo')
  vim.cmd.edit(script)
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  dap.set_breakpoint()

  dap.run(dap.configurations.nix[1])
  local frame = wait_for('the stop', function()
    return seen.reason and dap.session() and dap.session().current_frame
  end)
  equal({ frame.line, frame.source.path }, { line, script })
  dap.terminate()
  wait_for('the end', function()
    return seen.terminated and not dap.session()
  end)

  dap.run({ type = 'nixtest', request = 'launch', name = 'broken', file = '../editors/default.nix', attr = 'broken' })
  wait_for('the message', function()
    return table.concat(notifications, '\n'):find('nixtest%-dap: .*nixos%-test%-driver%-broken')
  end)
end

function tests.a_test_that_cannot_be_built_is_told_in_a_message()
  dap.run({
    type = 'nixtest',
    request = 'launch',
    name = 'broken',
    file = project .. '/tests/editors/default.nix',
    attr = 'broken',
  })
  wait_for('the end', function()
    return seen.terminated
  end)
  equal(#notifications, 1)
  assert(notifications[1]:find('^nixtest%-dap: Nix could not build the test: .*nixos%-test%-driver%-broken'), notifications[1])
end

function tests.a_program_that_is_not_there_is_told_with_the_next_step()
  require('nixtest-dap').setup({ command = '/nowhere/nixtest-dap' })
  dap.run({ type = 'nixtest', request = 'launch', name = 'nowhere', file = 'default.nix' })
  equal(notifications, {
    'nixtest-dap: /nowhere/nixtest-dap is no program: install it, or call setup({ command = "/path/to/nixtest-dap" })',
  })
end

function tests.a_second_setup_replaces_the_first()
  require('nixtest-dap').setup()
  require('nixtest-dap').setup()
  equal(#dap.configurations.nix, 1)
end

function tests.a_nix_file_has_comments_that_start_with_a_hash()
  vim.cmd.edit(script)
  equal(vim.bo.commentstring, '# %s')
end

local names = vim.tbl_keys(tests)
table.sort(names)
local failures = 0
vim.cmd.cd(project .. '/tests/example')
for _, name in ipairs(names) do
  require('nixtest-dap').setup({ command = vim.env.NIXTEST_DAP_BIN })
  watch_session()
  local passed, problem = xpcall(tests[name], debug.traceback)
  dap.clear_breakpoints()
  if dap.session() then
    dap.terminate()
    vim.wait(10000, function()
      return not dap.session()
    end, 20)
  end
  if not passed then
    failures = failures + 1
  end
  io.stdout:write(('%s %s\n'):format(passed and 'ok' or 'not ok', (name:gsub('_', ' '))))
  if not passed then
    io.stdout:write('  ' .. tostring(problem):gsub('\n', '\n  ') .. '\n')
  end
  io.stdout:flush()
end
vim.cmd(failures == 0 and 'qall!' or 'cquit!')
