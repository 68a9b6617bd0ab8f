//! Writes `src/generated/` anew from the checked-in schema: `cargo run -p dap-protocol --example generate`.
//!
//! It does not fetch anything: a newer schema is put in place by hand.

mod emit;
mod generator;
mod names;
mod schema;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = fs::read_to_string(crate_dir.join(generator::SCHEMA_PATH))?;
    for file in generator::generate(&serde_json::from_str(&schema)?)? {
        fs::write(crate_dir.join(file.path), file.text)?;
    }
    Ok(())
}
