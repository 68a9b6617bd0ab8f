//! Conversions between the naming conventions of the schema and of Rust.
//!
//! It knows words, not the schema.

/// `function breakpoint`, `setBreakpoints` and `SHA256` as names of types: `FunctionBreakpoint`, `SetBreakpoints`,
/// `Sha256`.
pub(crate) fn pascal_case(name: &str) -> String {
    words(name).iter().map(|word| capitalise(word)).collect()
}

/// `supportsANSIStyling` as a name of a field: `supports_ansi_styling`.
pub(crate) fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// What serde makes of a field's name under `rename_all = "camelCase"`.
pub(crate) fn to_camel_case(field_name: &str) -> String {
    let mut words = field_name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capitalise(word))
}

/// The name as an identifier.
pub(crate) fn escape_keyword(field_name: &str) -> String {
    if field_name == "type" {
        "r#type".to_owned()
    } else {
        field_name.to_owned()
    }
}

fn capitalise(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The words of a name in lower case. A run of capitals is one word, but its last letter begins the next one when a
/// small letter follows.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut begins_word = true;
    for (index, &character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            begins_word = true;
            continue;
        }
        let previous_is_small = index > 0
            && (characters[index - 1].is_lowercase() || characters[index - 1].is_ascii_digit());
        let next_is_small = characters
            .get(index + 1)
            .is_some_and(|next| next.is_lowercase());
        begins_word |= character.is_uppercase() && (previous_is_small || next_is_small);
        if begins_word {
            words.push(String::new());
            begins_word = false;
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}
