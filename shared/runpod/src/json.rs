//! JSON text as Python writes it, so that our bodies and log lines are byte for byte those of RunPod's own SDK: a blank after
//! `,` and `:`, and, where asked for, every character outside printable ASCII as `\uXXXX`.
//!
//! Both functions are one pass over the text. Outputs are never parsed into a tree: they can be megabytes.

use std::fmt::Write;

/// Appends `raw` (one valid JSON value) to `out` with Python's separators (`", "` and `": "`), strings untouched.
///
/// The body has to be copied into its `{"output": …}` envelope anyway; doing the spacing in that copy makes the wire identical
/// to the SDK's at the price of one look at each byte.
pub(crate) fn respace(raw: &str, out: &mut Vec<u8>) {
    let bytes = raw.as_bytes();
    let (mut in_string, mut escaped, mut copied) = (false, false, 0);
    for (at, byte) in bytes.iter().enumerate() {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b',' | b':' => {
                out.extend_from_slice(bytes.get(copied..=at).unwrap_or_default());
                out.push(b' ');
                copied = at + 1;
            }
            b' ' | b'\t' | b'\n' | b'\r' => {
                out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
                copied = at + 1;
            }
            _ => {}
        }
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
}

/// `text` as a JSON string literal in pure ASCII, as Python's `json.dumps` writes it by default.
pub(crate) fn ascii_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{ascii_string, respace};

    fn respaced(raw: &str) -> String {
        let mut out = Vec::new();
        respace(raw, &mut out);
        String::from_utf8(out).expect("JSON text stays UTF-8")
    }

    #[test]
    fn separators_become_pythons() {
        assert_eq!(respaced(r#"{"a":[1,2,{}],"b":null}"#), r#"{"a": [1, 2, {}], "b": null}"#);
    }

    #[test]
    fn white_space_between_tokens_is_dropped() {
        assert_eq!(respaced("{\n  \"a\" : 1 ,\t\"b\":\r[ ]\n}"), r#"{"a": 1, "b": []}"#);
    }

    #[test]
    fn text_inside_strings_is_never_touched() {
        let tricky = r#"["a,b: c", "quote \" , :", "slash \\", "é☃", ":"]"#;
        assert_eq!(respaced(tricky), tricky);
    }

    #[test]
    fn characters_outside_printable_ascii_are_escaped_as_utf_16() {
        assert_eq!(ascii_string("é\u{7f}\n\"\\😀"), r#""\u00e9\u007f\n\"\\\ud83d\ude00""#);
    }
}
