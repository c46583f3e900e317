//! The configuration: a TOML file, then the environment and flags over it.

mod file;
mod load;
mod problems;
mod regions;
mod reload;
mod secret_files;

pub use file::{Config, LimitsConfig, OutboxConfig, RegionConfig, WebhookConfig};
pub use load::{Loaded, SecretsFromEnvironment, load, master_keys};
pub use problems::{ConfigError, Problems};
pub use reload::Reloader;
pub use secret_files::exposed_files;
