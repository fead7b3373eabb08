//! What every server needs: accept loop with drain, bounded bodies, typed config, telemetry, secrets, backoff.
