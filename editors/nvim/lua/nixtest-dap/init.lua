-- Connects nvim-dap to the program `nixtest-dap`: an adapter, one configuration for Nix files, and a message when a
-- test cannot be debugged. It does nothing before `setup`, and holds nothing that the program could do itself.

local M = {}

---@class nixtest-dap.Options
---@field command? string The program `nixtest-dap`: a name on PATH or a path. Default: "nixtest-dap".

---@class nixtest-dap.Entry
---@field kind "flake"|"file"|"itself" What Nix evaluates: a flake, a file above the open one, or the open file alone.
---@field path string The file that Nix evaluates.
---@field attribute string The likely attribute, to be confirmed by the user; empty when there is nothing to go by.

---@class nixtest-dap.Failure The body of the adapter's event `nixtest/failed`.
---@field kind? string
---@field message? string

local openings = {
  evaluation = 'Nix could not evaluate the test',
  build = 'Nix could not build the test',
  launch = 'the test driver could not be started',
  script = 'the test script is not valid Python',
  internal = 'it failed, which is a fault of its own',
}

---@param text string
local function notify_error(text)
  vim.notify('nixtest-dap: ' .. text, vim.log.levels.ERROR)
end

--- Most tests are files that a flake.nix or a default.nix above them imports, and cannot be evaluated alone. Looks for
--- the nearest directory, from the file's own up to `top`, that has one of the two. Where both are, the flake is meant.
---@param file string An absolute path.
---@param top string The directory above which nothing is looked at.
---@return nixtest-dap.Entry
local function find_entry(file, top)
  local name = vim.fs.basename(file)
  if name == 'flake.nix' or name == 'default.nix' then
    return { kind = name == 'flake.nix' and 'flake' or 'file', path = file, attribute = '' }
  end
  local attribute = name:gsub('%.nix$', '')
  local is_below = vim.startswith(file, top:gsub('/$', '') .. '/')
  for directory in vim.fs.parents(file) do
    for _, candidate in ipairs({ 'flake.nix', 'default.nix' }) do
      local path = vim.fs.joinpath(directory, candidate)
      if vim.uv.fs_stat(path) then
        return { kind = candidate == 'flake.nix' and 'flake' or 'file', path = path, attribute = attribute }
      end
    end
    if not is_below or directory == top then
      break
    end
  end
  return { kind = 'itself', path = file, attribute = '' }
end

--- Waits for the user's answer; nil when they refuse. Runs in the coroutine in which nvim-dap makes a configuration.
---@param question string
---@param proposal string
---@return string?
local function ask(question, proposal)
  local waiting = coroutine.running()
  vim.ui.input({ prompt = question, default = proposal }, function(answer)
    -- The built-in prompt answers before this function yields.
    vim.schedule(function()
      coroutine.resume(waiting, answer)
    end)
  end)
  return coroutine.yield()
end

---@param dap table The module of nvim-dap.
---@return table configuration
local function launch_current_file(dap)
  local entry = find_entry(vim.api.nvim_buf_get_name(0), vim.fn.getcwd())
  local configuration = {
    type = 'nixtest',
    request = 'launch',
    name = 'NixOS test',
    cwd = vim.fs.dirname(entry.path),
  }
  local attribute = ''
  if entry.kind ~= 'itself' then
    local answer = ask(('Test in %s: '):format(vim.fn.fnamemodify(entry.path, ':~:.')), entry.attribute)
    if not answer or (entry.kind == 'flake' and answer == '') then
      configuration.name = dap.ABORT
      return configuration
    end
    attribute = vim.trim(answer)
  end
  if entry.kind == 'flake' then
    -- The adapter looks a bare name up among the checks of its own system.
    configuration.flake = '.#' .. attribute
  else
    configuration.file = entry.path
    configuration.attr = attribute ~= '' and attribute or nil
  end
  return configuration
end

---@param command string
local function adapter_of(command)
  return function(start)
    if vim.fn.executable(command) == 0 then
      notify_error(('%s is no program: install it, or call setup({ command = "/path/to/nixtest-dap" })'):format(command))
      return
    end
    start({ type = 'executable', command = command, args = { 'dap' } })
  end
end

--- The launch request is answered at once; what fails afterwards comes as an event that nvim-dap does not know.
---@param failure? nixtest-dap.Failure
local function report_failure(_, failure)
  failure = failure or {}
  local opening = openings[failure.kind] or 'the test could not be debugged'
  notify_error(opening .. (failure.message and ': ' .. vim.trim(failure.message) or ''))
end

--- Opens a terminal with a shell in a machine. The adapter asks for the terminal itself; here the machine is chosen.
---@param name? string The machine. Without it the user chooses, where there are several.
function M.open_shell(name)
  local session = require('dap').session()
  if not session or session.config.type ~= 'nixtest' then
    notify_error('no NixOS test is being debugged: start one, then open a shell in its machines')
    return
  end
  ---@param machine string?
  local function open(machine)
    if machine then
      session:request('nixtest/openShell', { machine = machine }, function(err)
        if err then
          notify_error(tostring(err))
        end
      end)
    end
  end
  if name and name ~= '' then
    open(name)
    return
  end
  session:request('nixtest/machines', nil, function(err, response)
    if err then
      notify_error(tostring(err))
      return
    end
    local names = vim.tbl_map(function(machine)
      return machine.name
    end, response.machines)
    if #names == 1 then
      open(names[1])
    else
      vim.ui.select(names, { prompt = 'Open shell in machine:' }, open)
    end
  end)
end

--- Registers the adapter `nixtest` and a configuration for Nix files. May be called again with other options.
---@param options? nixtest-dap.Options
function M.setup(options)
  local dap = require('dap')
  dap.adapters.nixtest = adapter_of((options or {}).command or 'nixtest-dap')

  local configurations = vim.tbl_filter(function(configuration)
    return configuration.type ~= 'nixtest'
  end, dap.configurations.nix or {})
  local configuration = { type = 'nixtest', request = 'launch', name = 'NixOS test' }
  table.insert(
    configurations,
    setmetatable(configuration, {
      __call = function()
        return launch_current_file(dap)
      end,
    })
  )
  dap.configurations.nix = configurations

  dap.listeners.after['event_nixtest/failed']['nixtest-dap'] = report_failure

  vim.api.nvim_create_user_command('NixtestShell', function(command)
    M.open_shell(command.args)
  end, { nargs = '?', desc = 'Open a terminal with a shell in a machine of the test that is debugged' })

  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('nixtest-dap', { clear = true }),
    pattern = 'nix',
    desc = 'Comments of Nix files, which are those of the Python in them too, where no other plugin sets them',
    callback = function(event)
      if vim.bo[event.buf].commentstring == '' then
        vim.bo[event.buf].commentstring = '# %s'
      end
    end,
  })
end

return M
