//! What machines are called.

/// Which of `names` somebody means who says `wanted`: the machine of that name, or the only one whose variable in the script is
/// called so.
#[must_use]
pub fn machine_called<'names>(
    wanted: &str,
    names: impl IntoIterator<Item = &'names str>,
) -> Option<&'names str> {
    let mut found = None;
    let mut is_only = true;
    for name in names {
        if name == wanted {
            return Some(name);
        }
        if variable(name) == wanted {
            is_only = found.is_none();
            found = Some(name);
        }
    }
    found.filter(|_| is_only)
}

/// The variable that drivers make for a machine: Python takes no dashes, and no digit in front.
fn variable(name: &str) -> String {
    let is_letter = |character: char| character.is_ascii_alphabetic() || character == '_';
    name.char_indices()
        .map(|(index, character)| {
            let fits = is_letter(character) || (index > 0 && character.is_ascii_digit());
            if fits { character } else { '_' }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_found_by_its_name_and_by_its_variable() {
        let names = ["web", "web-1", "1db", "a-b", "a.b", "c-d", "c_d", "zoë"];
        let found = |wanted| machine_called(wanted, names);
        for name in names {
            assert_eq!(found(name), Some(name));
        }
        assert_eq!(found("web_1"), Some("web-1"));
        assert_eq!(found("_db"), Some("1db"));
        assert_eq!(found("zo_"), Some("zoë"));
        assert_eq!(found("a_b"), None, "there are two");
        assert_eq!(found("c_d"), Some("c_d"));
        assert_eq!(found("nobody"), None);
        assert_eq!(found(""), None);
    }
}
