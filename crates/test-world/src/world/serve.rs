//! The world behind a port of this machine, for programs that are told its address by AWS_ENDPOINT_URL.

use std::net::SocketAddr;
use std::thread;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;

use super::World;
use super::connection::answer;

impl World {
    /// Serves until the process ends, in real time, and says under which address: `http://127.0.0.1:…`.
    pub fn serve(&self) -> String {
        let listener = std::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = listener.expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let world = self.clone();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(connection(world.clone(), stream));
                }
            });
        });
        format!("http://{address}")
    }
}

/// One request after the other. Whatever the world does to a connection that is broken ends this one.
async fn connection(world: World, mut stream: TcpStream) {
    while let Some(request) = read(&mut stream).await {
        let Ok(answer) = answer(&world, &request, false).await else { return };
        if stream.write_all(&written(&answer)).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<HttpRequest> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        more(stream, &mut bytes, &mut buffer).await?;
    };
    let text = String::from_utf8(bytes[..head].to_vec()).expect("heads are text");
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, uri) = (first.next()?, first.next()?);
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    while bytes.len() < head + length {
        more(stream, &mut bytes, &mut buffer).await?;
    }
    let mut request = HttpRequest::new(SdkBody::from(&bytes[head..head + length]));
    request.set_method(method).expect("a method");
    request.set_uri(uri.to_owned()).expect("an address");
    for (name, value) in headers {
        request.headers_mut().insert(name.to_ascii_lowercase(), value.to_owned());
    }
    Some(request)
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>, buffer: &mut [u8]) -> Option<()> {
    let read = stream.read(buffer).await.ok().filter(|read| *read > 0)?;
    bytes.extend(&buffer[..read]);
    Some(())
}

fn written(answer: &HttpResponse) -> Vec<u8> {
    let body = answer.body().bytes().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\n", answer.status(), body.len());
    for (name, value) in answer.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}
