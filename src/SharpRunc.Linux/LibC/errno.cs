using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

/// <summary>The C library and the kernel as their headers spell them; one file a header.</summary>
internal static unsafe partial class Libc
{
    public const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8, EBADF = 9, ECHILD = 10,
        EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, ENOTBLK = 15, EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19, ENOTDIR = 20,
        EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOTTY = 25, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30,
        EMLINK = 31, EPIPE = 32, EDOM = 33, ERANGE = 34, EDEADLK = 35, ENAMETOOLONG = 36, ENOSYS = 38, ENOTEMPTY = 39, ELOOP = 40,
        EBADMSG = 74, EOVERFLOW = 75, EUSERS = 87, EMSGSIZE = 90, EPROTOTYPE = 91, EOPNOTSUPP = 95, EADDRINUSE = 98, ECONNRESET = 104, ETIMEDOUT = 110, ECONNREFUSED = 111, ESTALE = 116,
        EDQUOT = 122, ECANCELED = 125, ENOKEY = 126;

    [DllImport("libc"), SuppressGCTransition]
    private static extern int* __errno_location();

    /// <summary>errno(3) of the last failed call of this thread.</summary>
    public static int errno => *__errno_location();

    /// <summary>strerror(3) as Go and the shells print it: lower case first letter, no locale.</summary>
    public static string strerror(int errno)
    {
        foreach ((int number, string text) in Messages)
            if (number == errno)
                return text;
        return $"errno {errno}";
    }

    private static readonly (int, string)[] Messages =
    [
        (EPERM, "operation not permitted"), (ENOENT, "no such file or directory"), (ESRCH, "no such process"),
        (EINTR, "interrupted system call"), (EIO, "input/output error"), (ENXIO, "no such device or address"),
        (E2BIG, "argument list too long"), (ENOEXEC, "exec format error"), (EBADF, "bad file descriptor"),
        (ECHILD, "no child processes"), (EAGAIN, "resource temporarily unavailable"), (ENOMEM, "cannot allocate memory"),
        (EACCES, "permission denied"), (EFAULT, "bad address"), (ENOTBLK, "block device required"), (EBUSY, "device or resource busy"),
        (EEXIST, "file exists"), (EXDEV, "invalid cross-device link"), (ENODEV, "no such device"), (ENOTDIR, "not a directory"),
        (EISDIR, "is a directory"), (EINVAL, "invalid argument"), (ENFILE, "too many open files in system"),
        (EMFILE, "too many open files"), (ENOTTY, "inappropriate ioctl for device"), (ETXTBSY, "text file busy"), (EFBIG, "file too large"),
        (ENOSPC, "no space left on device"), (ESPIPE, "illegal seek"), (EROFS, "read-only file system"), (EMLINK, "too many links"),
        (EPIPE, "broken pipe"), (EDOM, "numerical argument out of domain"), (ERANGE, "numerical result out of range"),
        (EDEADLK, "resource deadlock avoided"), (ENAMETOOLONG, "file name too long"), (ENOSYS, "function not implemented"),
        (ENOTEMPTY, "directory not empty"), (ELOOP, "too many levels of symbolic links"),
        (EBADMSG, "bad message"), (EOVERFLOW, "value too large for defined data type"), (EUSERS, "too many users"), (EMSGSIZE, "message too long"),
        (EOPNOTSUPP, "operation not supported"), (EADDRINUSE, "address already in use"), (ECONNRESET, "connection reset by peer"), (ETIMEDOUT, "connection timed out"),
        (EPROTOTYPE, "protocol wrong type for socket"), (ECONNREFUSED, "connection refused"), (ESTALE, "stale file handle"), (EDQUOT, "disk quota exceeded"),
        (ECANCELED, "operation canceled"), (ENOKEY, "required key not available"),
    ];
}
