//! Projects whose scripts come from several places, and questions about places.

use std::path::Path;

use dap_protocol::{requests, types};
use test_support::TestClient;

use super::Project;

/// The name of the generated document.
pub const GENERATED: &str = "testScript (generated)";

/// A file as a source.
pub fn file(path: &Path) -> types::Source {
    types::Source {
        path: Some(path.display().to_string()),
        ..Default::default()
    }
}

/// The generated document as a source.
pub fn generated() -> types::Source {
    types::Source {
        source_reference: Some(1),
        ..Default::default()
    }
}

/// The lines and columns at which breakpoints can be set in a range.
pub async fn locations(
    client: &mut TestClient,
    source: types::Source,
    first: i64,
    last: i64,
) -> Vec<(i64, Option<i64>)> {
    let arguments = types::BreakpointLocationsArguments {
        source,
        line: first,
        end_line: Some(last),
        ..Default::default()
    };
    let response = client
        .request::<requests::BreakpointLocations>(arguments)
        .await
        .unwrap();
    let locations = response.breakpoints.iter();
    locations.map(|place| (place.line, place.column)).collect()
}

/// The test in three files: one is imported, one is Python that is read.
pub fn in_three_files() -> Project {
    let nix = "{\n  name = \"sample\";\n  testScript = ''\n    ${import ./setup.nix}\n    \
               ${builtins.readFile ./checks.py}\n    done = True  # @done\n  '';\n}\n";
    let setup = "''\n  ready = 1  # @ready\n  more = 2\n''\n";
    let checks = "def check():\n    return ready  # @return\n\nresult = check()  # @check\n";
    let script = format!("ready = 1  # @ready\nmore = 2\n\n{checks}\ndone = True  # @done\n");
    let mut project = Project::with_nix(nix, &script);
    project.fixture.write("setup.nix", setup);
    project.fixture.write("checks.py", checks);
    project
}

/// The test says one step twice.
pub fn with_a_repeated_step() -> Project {
    Project::with_nix(
        "let\n  step = ''\n    count += 1  # @step\n  '';\nin\n{\n  name = \"sample\";\n  testScript = ''\n    \
         count = 0  # @zero\n    ${step}\n    ${step}\n    print(count)  # @print\n  '';\n}\n",
        "count = 0  # @zero\ncount += 1  # @step\n\ncount += 1  # @step\n\nprint(count)  # @print\n",
    )
}
