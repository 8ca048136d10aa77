using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

/// <summary>
/// The C library and the kernel in the spelling of their headers; one file per header. Tmds.LibC is the base. This has only what the
/// package lacks, has wrong, or offers as a property where C# needs a constant. Imported inside a namespace, it wins over the package.
/// </summary>
// errno.h: E… are matched by patterns everywhere. Messages: Go's wording.
internal static unsafe partial class Libc
{
    public const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10,
        EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, ENOTBLK = 15, EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19, ENOTDIR = 20,
        EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOTTY = 25, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30,
        EMLINK = 31, EPIPE = 32, EDOM = 33, ERANGE = 34, EDEADLK = 35, ENAMETOOLONG = 36, ENOSYS = 38, ENOTEMPTY = 39, ELOOP = 40,
        ENODATA = 61, EBADMSG = 74, EOVERFLOW = 75, EUSERS = 87, EMSGSIZE = 90, EPROTOTYPE = 91, EOPNOTSUPP = 95, EAFNOSUPPORT = 97,
        EADDRINUSE = 98, ECONNRESET = 104, ETIMEDOUT = 110, ECONNREFUSED = 111, ESTALE = 116, EDQUOT = 122, ECANCELED = 125, ENOKEY = 126;

    [DllImport("libc"), SuppressGCTransition]
    public static extern int* __errno_location();

    /// <summary>errno(3) of the last failed call of this thread.</summary>
    public static int errno => *__errno_location();

    /// <summary>strerror(3) as Go and the shells print it: first letter in lower case, no locale.</summary>
    public static string strerror(int errno)
    {
        bool isInTable = errno > 0 && errno < Messages.Length;
        string? text = isInTable ? Messages[errno] : null;
        return text ?? $"errno {errno}";
    }

    // By number, from 0; null: the number is unused (asm-generic/errno.h).
    private static readonly string?[] Messages =
    [
        null, "operation not permitted", "no such file or directory", "no such process", "interrupted system call", "input/output error",
        "no such device or address", "argument list too long", "exec format error", "bad file descriptor", "no child processes",
        "resource temporarily unavailable", "cannot allocate memory", "permission denied", "bad address", "block device required",
        "device or resource busy", "file exists", "invalid cross-device link", "no such device", "not a directory", "is a directory",
        "invalid argument", "too many open files in system", "too many open files", "inappropriate ioctl for device", "text file busy",
        "file too large", "no space left on device", "illegal seek", "read-only file system", "too many links", "broken pipe",
        "numerical argument out of domain", "numerical result out of range", "resource deadlock avoided", "file name too long",
        "no locks available", "function not implemented", "directory not empty", "too many levels of symbolic links", null,
        "no message of desired type", "identifier removed", "channel number out of range", "level 2 not synchronized", "level 3 halted",
        "level 3 reset", "link number out of range", "protocol driver not attached", "no CSI structure available", "level 2 halted",
        "invalid exchange", "invalid request descriptor", "exchange full", "no anode", "invalid request code", "invalid slot", null,
        "bad font file format", "device not a stream", "no data available", "timer expired", "out of streams resources",
        "machine is not on the network", "package not installed", "object is remote", "link has been severed", "advertise error",
        "srmount error", "communication error on send", "protocol error", "multihop attempted", "RFS specific error", "bad message",
        "value too large for defined data type", "name not unique on network", "file descriptor in bad state", "remote address changed",
        "can not access a needed shared library", "accessing a corrupted shared library", ".lib section in a.out corrupted",
        "attempting to link in too many shared libraries", "cannot exec a shared library directly",
        "invalid or incomplete multibyte or wide character", "interrupted system call should be restarted", "streams pipe error",
        "too many users", "socket operation on non-socket", "destination address required", "message too long",
        "protocol wrong type for socket", "protocol not available", "protocol not supported", "socket type not supported",
        "operation not supported", "protocol family not supported", "address family not supported by protocol", "address already in use",
        "cannot assign requested address", "network is down", "network is unreachable", "network dropped connection on reset",
        "software caused connection abort", "connection reset by peer", "no buffer space available",
        "transport endpoint is already connected", "transport endpoint is not connected", "cannot send after transport endpoint shutdown",
        "too many references: cannot splice", "connection timed out", "connection refused", "host is down", "no route to host",
        "operation already in progress", "operation now in progress", "stale file handle", "structure needs cleaning",
        "not a XENIX named type file", "no XENIX semaphores available", "is a named type file", "remote I/O error", "disk quota exceeded",
        "no medium found", "wrong medium type", "operation canceled", "required key not available", "key has expired",
        "key has been revoked", "key was rejected by service", "owner died", "state not recoverable",
        "operation not possible due to RF-kill", "memory page has hardware error",
    ];
}
