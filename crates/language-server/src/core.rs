//! What is known about the open documents, and the answers that follow from it.

use std::collections::HashMap;
use std::ops::Range;

use source_map::{Binding, Column, LineEnds, LineIndex, discover};
use tower_lsp_server::ls_types::{self, DocumentSymbol, SymbolKind, Uri};

/// The open documents. Columns are counted in UTF-16 code units, the protocol's default.
#[derive(Debug, Default)]
pub(crate) struct Core {
    documents: HashMap<Uri, String>,
}

impl Core {
    /// A document was opened, or has a new text.
    pub(crate) fn document_changed(&mut self, uri: Uri, text: String) {
        self.documents.insert(uri, text);
    }

    /// A document was closed.
    pub(crate) fn document_closed(&mut self, uri: &Uri) {
        self.documents.remove(uri);
    }

    /// The tests of a document; nothing for one that is not open.
    pub(crate) fn document_symbols(&self, uri: &Uri) -> Vec<DocumentSymbol> {
        let Some(text) = self.documents.get(uri) else {
            return Vec::new();
        };
        let lines = LineIndex::new(text.as_str(), LineEnds::Nix);
        discover(text)
            .iter()
            .map(|binding| to_symbol(binding, &lines))
            .collect()
    }
}

fn to_symbol(binding: &Binding, lines: &LineIndex) -> DocumentSymbol {
    let name = binding.test_name.clone().filter(|name| !name.is_empty());
    // The protocol has no constructor for this type, and one of its fields is deprecated.
    #[expect(deprecated, reason = "the field must be given")]
    DocumentSymbol {
        name: name.unwrap_or_else(|| "testScript".to_owned()),
        detail: Some("NixOS test".to_owned()),
        kind: SymbolKind::FUNCTION,
        tags: None,
        deprecated: None,
        range: to_lsp(&binding.range, lines),
        selection_range: to_lsp(&binding.path, lines),
        children: None,
    }
}

fn to_lsp(range: &Range<usize>, lines: &LineIndex) -> ls_types::Range {
    let position = |offset| {
        let position = lines.position(offset, Column::Utf16);
        ls_types::Position::new(position.line - 1, position.column - 1)
    };
    ls_types::Range::new(position(range.start), position(range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_a_symbol_with_its_own_name() {
        let uri: Uri = "file:///a.nix".parse().unwrap();
        let mut core = Core::default();
        core.document_changed(
            uri.clone(),
            "{\n  name = \"é😀\"; testScript = ''x'';\n}\n".to_owned(),
        );
        let symbols = core.document_symbols(&uri);
        assert_eq!(symbols.len(), 1);
        assert_eq!(symbols[0].name, "é😀");
        assert_eq!(
            symbols[0].selection_range.start,
            ls_types::Position::new(1, 16)
        );
        core.document_closed(&uri);
        assert!(core.document_symbols(&uri).is_empty());
    }
}
