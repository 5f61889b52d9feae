#!/usr/bin/env bash
# Compiles the function for arm64 on a Debian machine to which rustup cannot add the target: with Debian's own compiler, of
# another version than rust-toolchain.toml's. It shows that the function compiles. What is released is compiled by rustup's.
#
# The packages are unpacked below .tools/debian; nothing is installed, and the system's apt keeps its lists.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$PWD/.tools/debian
mkdir -p "$folder"/{lists/partial,archives/partial,packages}
apt=(-o APT::Architectures::=amd64 -o APT::Architectures::=arm64)
apt+=(-o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder")
# What a package needs, by the beginning of its name.
needs() { apt-cache "${apt[@]}" depends "$1:amd64" | sed -n "s/^ *Depends: \($2[^ :]*\)$/\1/p" | head -n 1; }

if [ ! -x "$folder/root/usr/bin/rustc" ]; then
  apt-get "${apt[@]}" update
  library=$(needs libstd-rust-web-dev libstd-rust-web-)
  llvm=$(needs "$library" libllvm)
  (cd "$folder/packages" &&
    apt-get "${apt[@]}" download {rustc-web,libstd-rust-web-dev,"$library","$llvm"}:amd64 libstd-rust-web-dev:arm64)
  for package in "$folder"/packages/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
fi

export PATH=$PWD/.tools/sam/bin:$PATH CARGO_TARGET_DIR=$folder/target
export RUSTC=$folder/root/usr/bin/rustc LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu
"$RUSTC" --version
cargo lambda build --release --arm64 --bin cfn-org-policy --lambda-dir "$folder"
file "$folder/cfn-org-policy/bootstrap" 2>/dev/null || ls -l "$folder/cfn-org-policy/bootstrap"
