//! Three-valued logic (Kleene): a condition about an absent value is unknown.

/// Whether a condition holds. Ordered: `and` is the minimum, `or` the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    /// It does not hold.
    False,
    /// A value that it needs is absent, masked or of another kind.
    Unknown,
    /// It holds.
    True,
}

impl Truth {
    /// The name in an answer.
    pub(super) fn name(self) -> &'static str {
        match self {
            Truth::False => "fail",
            Truth::Unknown => "unknown",
            Truth::True => "pass",
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(holds: Option<bool>) -> Truth {
        holds.map_or(Truth::Unknown, Truth::from)
    }
}
