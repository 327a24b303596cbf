//! The preload clock: an unmodified server reads the time that a scenario sets.
//!
//! Loaded with `LD_PRELOAD`, this library replaces `clock_gettime`, `gettimeofday` and `time`. Where the environment
//! variable `RESPFUZZ_CLOCK_FILE` names a file, the wall clock (`CLOCK_REALTIME`, `CLOCK_REALTIME_COARSE`) reads
//! from it. `CLOCK_MONOTONIC` is the kernel's, so that timers of an event loop keep running, and ahead of it by what the
//! file says: whoever moves the clock can make every timer due. Every other clock is the kernel's; without the
//! variable, or without a readable file, all clocks are.
//!
//! The file holds three native-endian `u64` (24 bytes). The first two are the same microseconds since the unix epoch: a
//! reader that catches a write half done sees two different numbers and looks again. The third is by how many
//! microseconds the monotonic clock is ahead; it must never fall.
//!
//! Not covered: statically linked programs and runtimes that read the clock without libc (Go), and absolute
//! real-time waits in the kernel (`pthread_cond_timedwait`), which still wait for the real date.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use libc::{c_int, c_void, clockid_t, time_t, timespec, timeval};

/// What the clock file maps to: the same number of microseconds twice, and what the monotonic clock is ahead.
#[repr(C)]
struct ClockPage {
    first: AtomicU64,
    second: AtomicU64,
    ahead: AtomicU64,
}

/// Stands for "looked, and there is no virtual clock": never dereferenced, only compared by address.
static REAL_TIME: ClockPage =
    ClockPage { first: AtomicU64::new(0), second: AtomicU64::new(0), ahead: AtomicU64::new(0) };

/// Null until the first call looks for the file. The page stays mapped until the process ends.
static PAGE: AtomicPtr<ClockPage> = AtomicPtr::new(ptr::null_mut());

/// The clock file, or `None` where real time passes through.
fn page() -> Option<&'static ClockPage> {
    let mut page = PAGE.load(Ordering::Acquire);
    if page.is_null() {
        page = find_page();
    }
    if ptr::eq(page, &REAL_TIME) {
        return None;
    }
    // SAFETY: `page` came from `map_clock_file`: a shared mapping of at least one `ClockPage`, page-aligned, never
    // unmapped once it is in PAGE. The other process writes it behind our back, hence atomics.
    Some(unsafe { &*page })
}

/// Virtual microseconds since the unix epoch, or `None` where real time passes through.
fn virtual_us() -> Option<u64> {
    let page = page()?;
    loop {
        let first = page.first.load(Ordering::Acquire);
        if page.second.load(Ordering::Acquire) == first {
            return Some(first);
        }
        std::hint::spin_loop();
    }
}

/// Looks for the clock file once. Two threads may look at the same time; the first to finish wins.
#[cold]
fn find_page() -> *mut ClockPage {
    let found = map_clock_file().unwrap_or((&raw const REAL_TIME).cast_mut());
    match PAGE.compare_exchange(ptr::null_mut(), found, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => found,
        Err(winner) => winner, // Our own mapping of the same file stays: one page, once.
    }
}

/// Maps the file named by the environment. Uses nothing that allocates: the allocator itself asks for the time while
/// it starts.
fn map_clock_file() -> Option<*mut ClockPage> {
    // SAFETY: the name is NUL-terminated; the loader set up the environment before any code of this library can
    // run, and the path is used up before anything could change the environment.
    let path = unsafe { libc::getenv(c"RESPFUZZ_CLOCK_FILE".as_ptr()) };
    if path.is_null() {
        return None;
    }
    // SAFETY: `path` is the NUL-terminated value that getenv returned.
    let fd = unsafe { libc::open(path, libc::O_RDONLY | libc::O_CLOEXEC) };
    if fd < 0 {
        return None;
    }
    let size = size_of::<ClockPage>();
    // SAFETY: `fd` is open; lseek touches no memory.
    let long_enough = unsafe { libc::lseek(fd, 0, libc::SEEK_END) } >= size as libc::off_t;
    let page = if long_enough {
        // SAFETY: a new mapping at an address of the kernel's choice cannot overlap anything. The file is long
        // enough, so reads within `size` do not fault.
        unsafe { libc::mmap(ptr::null_mut(), size, libc::PROT_READ, libc::MAP_SHARED, fd, 0) }
    } else {
        libc::MAP_FAILED
    };
    // SAFETY: `fd` is ours and closed once; a mapping outlives its descriptor.
    unsafe { libc::close(fd) };
    (page != libc::MAP_FAILED).then_some(page.cast())
}

/// The kernel's clock. A raw system call: libc's own function of this name is the one that we replace.
fn kernel_clock(clock: clockid_t, out: *mut timespec) -> c_int {
    // SAFETY: the kernel checks `out` itself and answers EFAULT for a bad pointer; `syscall` sets errno.
    unsafe { libc::syscall(libc::SYS_clock_gettime, clock as libc::c_long, out) as c_int }
}

/// Real or virtual wall clock, in microseconds since the unix epoch.
fn wall_clock_us() -> u64 {
    virtual_us().unwrap_or_else(|| {
        let mut now = timespec { tv_sec: 0, tv_nsec: 0 };
        kernel_clock(libc::CLOCK_REALTIME, &mut now);
        now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
    })
}

/// The kernel's monotonic clock and so many microseconds.
///
/// # Safety
/// `out` points to a `timespec` that may be written.
unsafe fn monotonic(ahead_us: u64, out: *mut timespec) -> c_int {
    let status = kernel_clock(libc::CLOCK_MONOTONIC, out);
    if status == 0 {
        // SAFETY: the kernel has just written it.
        let now = unsafe { &mut *out };
        let us = now.tv_nsec as u64 / 1_000 + ahead_us;
        now.tv_sec += (us / 1_000_000) as time_t;
        now.tv_nsec = (us % 1_000_000 * 1_000) as _;
    }
    status
}

/// Replaces libc's `clock_gettime`.
///
/// # Safety
/// As libc's: `out` points to a `timespec` that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(clock: clockid_t, out: *mut timespec) -> c_int {
    if clock == libc::CLOCK_MONOTONIC
        && let Some(page) = page()
    {
        // SAFETY: the caller passes a `timespec` that may be written.
        return unsafe { monotonic(page.ahead.load(Ordering::Acquire), out) };
    }
    if !matches!(clock, libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE) {
        return kernel_clock(clock, out);
    }
    let Some(us) = virtual_us() else {
        return kernel_clock(clock, out);
    };
    // SAFETY: the caller passes a `timespec` that may be written.
    unsafe { *out = timespec { tv_sec: (us / 1_000_000) as time_t, tv_nsec: (us % 1_000_000 * 1_000) as _ } };
    0
}

/// Replaces libc's `gettimeofday`. The obsolete time zone is UTC.
///
/// # Safety
/// As libc's: each pointer is null or points to a value that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(out: *mut timeval, zone: *mut c_void) -> c_int {
    let us = wall_clock_us();
    if !out.is_null() {
        // SAFETY: not null, so the caller's `timeval`, which may be written.
        unsafe { *out = timeval { tv_sec: (us / 1_000_000) as time_t, tv_usec: (us % 1_000_000) as _ } };
    }
    if !zone.is_null() {
        // SAFETY: not null, so the caller's `struct timezone`: two ints.
        unsafe { ptr::write_bytes(zone.cast::<c_int>(), 0, 2) };
    }
    0
}

/// Replaces libc's `time`.
///
/// # Safety
/// As libc's: `out` is null or points to a `time_t` that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn time(out: *mut time_t) -> time_t {
    let now = (wall_clock_us() / 1_000_000) as time_t;
    if !out.is_null() {
        // SAFETY: not null, so the caller's `time_t`, which may be written.
        unsafe { *out = now };
    }
    now
}
