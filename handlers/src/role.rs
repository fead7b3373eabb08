//! Which of the two workers a program is.

/// Which of the two workers a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Answers `/v1/classify`.
    Classify,
    /// Answers `/v1/extract`.
    Extract,
}
