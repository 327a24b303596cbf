#!/usr/bin/env bash
# Builds the fuzz targets into $OUT as OSS-Fuzz and ClusterFuzzLite want them: TARGET, TARGET_seed_corpus.zip,
# TARGET.dict, TARGET.options. Runs in the root of the repository; `.ci/package` runs it too.
set -euo pipefail

: "${OUT:?where the packages go}"
mkdir -p "$OUT"
out=$(cd "$OUT" && pwd)

# Coverage builds bring their own flags and want no sanitizer.
case "${SANITIZER:-address}" in
address | none | memory | thread) sanitizer=${SANITIZER:-address} ;;
coverage | introspector) sanitizer=none ;;
*) echo "SANITIZER=$SANITIZER is not one that Rust has" >&2 && exit 1 ;;
esac
host=$(rustc -vV | sed -n 's/^host: //p')
target_dir=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')

# With debug assertions, as `cargo fuzz run` has them: an overflow that wraps is a find, too.
cargo fuzz build --sanitizer "$sanitizer" --target "$host"

for target in $(cargo fuzz list); do
    # Engines of others are behind features, and have no seeds here.
    [ -d "corpus/$target" ] || continue
    cp "$target_dir/$host/release/$target" "$out/"
    # What libFuzzer found on this machine has SHA-1 names and is no seed.
    hex40=$(printf '[0-9a-f]%.0s' {1..40})
    rm -f "$out/${target}_seed_corpus.zip"
    find "corpus/$target" -type f ! -name "$hex40" | LC_ALL=C sort | zip -q -j -X "$out/${target}_seed_corpus.zip" -@
    cp "dictionaries/$target.dict" "$out/$target.dict"
    cat >"$out/$target.options" <<OPTIONS
[libfuzzer]
max_len = 4096
len_control = 0
timeout = 20
rss_limit_mb = 2048
dict = $target.dict
OPTIONS
done
