//! What travels: requests, answers, error codes, document types, the field catalog and rules.
