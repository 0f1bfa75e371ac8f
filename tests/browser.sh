#!/usr/bin/env bash
# Makes sure that a browser is there for the tests: the system's Chromium, else Debian's package when root, else Playwright's own.
set -eu
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium from Debian's packages for the browser tests ..."
  export DEBIAN_FRONTEND=noninteractive
  if apt-get update -qq && apt-get install -y -qq chromium >/dev/null; then
    # A face for Chinese, or pages in Chinese are drawn as boxes; nothing that is tested fails without it.
    apt-get install -y -qq fonts-wqy-microhei >/dev/null 2>&1 || echo "Without a Chinese font." >&2
    exit 0
  fi
  echo "Debian's package could not be installed; trying Playwright's own browser ..." >&2
fi
.venv/bin/playwright install chromium
