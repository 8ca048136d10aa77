using System.Runtime.InteropServices;

namespace SharpRunc.Conformance.Inside;

/// <summary>As the headers of C declare them.</summary>
internal static unsafe partial class LibC
{
    [DllImport("libc")]
    internal static extern uint umask(uint mask);

    [DllImport("libc")]
    internal static extern int getrlimit(int resource, ulong* limit);

    [DllImport("libc")]
    internal static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e = 0);

    [DllImport("libc")]
    internal static extern int isatty(int fd);

    [DllImport("libc")]
    internal static extern int ioctl(int fd, nuint request, void* argument);

    [DllImport("libc")]
    internal static extern int uname(byte* names);

    [DllImport("libc")]
    internal static extern int fcntl(int fd, int command, int argument);

    [DllImport("libc")]
    internal static extern int close(int fd);

    [DllImport("libc")]
    internal static extern nint write(int fd, byte* bytes, nint count);

    [DllImport("libc")]
    private static extern int open(byte* path, int flags, uint mode);

    [DllImport("libc")]
    private static extern int mknod(byte* path, uint mode, ulong device);

    [DllImport("libc")]
    private static extern int mkdir(byte* path, uint mode);

    [DllImport("libc")]
    private static extern int chroot(byte* path);

    [DllImport("libc")]
    private static extern int mount(byte* source, byte* target, byte* type, ulong flags, byte* data);

    [DllImport("libc")]
    private static extern int statx(int directory, byte* path, int flags, uint mask, byte* result);

    [DllImport("libc")]
    private static extern nint readlink(byte* path, byte* target, nint size);

    [DllImport("libc")]
    private static extern int execve(byte* path, byte** argv, byte** envp);

    [DllImport("libc")]
    private static extern void _exit(int status);

    [DllImport("libc")]
    private static extern int waitpid(int pid, int* status, int options);
}
