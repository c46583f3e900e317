//! N-API bridge.
