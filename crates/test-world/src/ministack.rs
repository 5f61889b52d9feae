//! MiniStack, others' local AWS: its Organizations, reached over plain HTTP in real time.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use std::{env, thread};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_organizations::types::PolicyType;

use super::organization::Organization;

/// A server of our own; it ends with the last owner.
pub struct MiniStack {
    server: Child,
    port: u16,
}

impl MiniStack {
    /// The server that the running tests share. A static is never dropped, so it only borrows the server: whoever comes
    /// after the last owner starts the next one.
    pub fn shared() -> Arc<MiniStack> {
        static SHARED: Mutex<Weak<MiniStack>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(MiniStack::start());
        *shared = Arc::downgrade(&started);
        started
    }

    pub fn start() -> MiniStack {
        let program = program();
        assert!(program.exists(), "{} is missing: run `make tools` first", program.display());
        let port = free_port();
        let log = env::temp_dir().join(format!("ministack-{port}.log"));
        let output = File::create(&log).expect("a log file among the temporary ones");
        let server = Command::new(program)
            .env("AWS_ENDPOINT_URL", endpoint(port))
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("one log file for both outputs"))
            .stderr(output)
            .spawn()
            .expect("MiniStack starts");
        // From here on the server is ended by Drop, a panic below included.
        let ministack = MiniStack { server, port };
        let started = Instant::now();
        while !answers(port) {
            let waited = started.elapsed();
            assert!(
                waited < Duration::from_secs(30),
                "MiniStack does not answer: see {}",
                log.display()
            );
            thread::sleep(Duration::from_millis(50));
        }
        ministack
    }

    pub fn endpoint(&self) -> String {
        endpoint(self.port)
    }

    /// An account of twelve digits, with an organization of its own that holds nothing yet. Retries are not configured.
    pub fn sdk_config(&self, account: &str) -> SdkConfig {
        let credentials = Credentials::new(account, "secret", None, None, "ministack");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .build()
    }

    /// As `sdk_config`, with the standard tree of the `World` (under other ids) in the organization. Once per account:
    /// each test takes one of its own.
    pub async fn organization(&self, account: &str) -> SdkConfig {
        let config = self.sdk_config(account);
        plant(&Client::new(&config)).await;
        config
    }
}

impl Drop for MiniStack {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to do.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn program() -> PathBuf {
    match env::var_os("MINISTACK") {
        Some(path) => path.into(),
        None => PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../.tools/ministack/bin/ministack"
        )),
    }
}

fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("the port that was bound").port()
}

/// Whether an HTTP server speaks at the port, whatever it says.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut start = [0; 5];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream
            .write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            .is_ok()
        && stream.read_exact(&mut start).is_ok()
        && start == *b"HTTP/"
}

/// Builds the standard tree.
async fn plant(client: &Client) {
    let organization = Organization::read(client).await;
    let root = organization.id("/");
    client
        .enable_policy_type()
        .root_id(root)
        .policy_type(PolicyType::BackupPolicy)
        .send()
        .await
        .expect("enable backup policies");
    let security = add_unit(client, root, "Security").await;
    let backup = add_unit(client, &security, "Backup").await;
    let production = add_unit(client, root, "Production").await;
    add_unit(client, root, "Sandbox").await;
    add_account(client, root, &backup, "Central Backup").await;
    add_account(client, root, &production, "Web Shop").await;
}

async fn add_unit(client: &Client, parent: &str, name: &str) -> String {
    let created = client
        .create_organizational_unit()
        .parent_id(parent)
        .name(name)
        .send()
        .await
        .expect("create an OU");
    let unit =
        created.organizational_unit().and_then(|unit| unit.id()).expect("a new OU has an id");
    // Unlike AWS, MiniStack attaches it to new accounts only.
    let attach = client.attach_policy().policy_id("p-FullAWSAccess").target_id(unit);
    attach.send().await.expect("attach FullAWSAccess");
    unit.to_owned()
}

/// Accounts are born under the root and then moved.
async fn add_account(client: &Client, root: &str, parent: &str, name: &str) {
    let email = format!("{}@example.com", name.replace(' ', "-"));
    let created = client
        .create_account()
        .account_name(name)
        .email(email)
        .send()
        .await
        .expect("create an account");
    let account = created
        .create_account_status()
        .and_then(|status| status.account_id())
        .expect("made at once");
    client
        .move_account()
        .account_id(account)
        .source_parent_id(root)
        .destination_parent_id(parent)
        .send()
        .await
        .expect("move an account");
}
