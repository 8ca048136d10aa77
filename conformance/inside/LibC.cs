using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace SharpRunc.Conformance.Inside;

/// <summary>The few calls of C that the base class library has no word for.</summary>
internal static unsafe partial class LibC
{
    internal const int O_RDONLY = 0, O_WRONLY = 1, O_CREAT = 0x40, O_APPEND = 0x400, O_NOCTTY = 0x100, O_NONBLOCK = 0x800, SIGCHLD = 17;
    internal const uint TIOCGWINSZ = 0x5413;

    /// <summary>Of x86-64 and arm64, which numbers them anew.</summary>
    internal static readonly int
        SYS_sched_getattr = X64 ? 315 : 275, SYS_ioprio_get = X64 ? 252 : 31, SYS_socket = X64 ? 41 : 198,
        SYS_personality = X64 ? 135 : 92, SYS_get_mempolicy = X64 ? 239 : 236, SYS_clone = X64 ? 56 : 220;

    private static bool X64 => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    internal static int Errno(int result) => result >= 0 ? 0 : Marshal.GetLastSystemError();

    internal static ulong MakeDevice(int major, int minor) => (uint)major << 8 | (uint)minor;

    internal static string? ReadLink(string path)
    {
        byte[] target = new byte[4096];
        fixed (byte* t = target)
        {
            nint length = readlink(path, t, target.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(target, 0, (int)length);
        }
    }

    /// <summary>Runs a program without arguments to its end; the errno of its execve.</summary>
    internal static int Exec(string path)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path + "\0");
        fixed (byte* p = bytes)
        {
            byte** argv = stackalloc byte*[2];
            argv[0] = p;
            argv[1] = null;
            int pid = (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0);
            if (pid == 0)
            {
                _ = execve(p, argv, argv + 1);
                _exit(Marshal.GetLastSystemError());
            }
            int status;
            return waitpid(pid, &status, 0) == pid ? status >> 8 & 0xff : Errno(-1);
        }
    }

    /// <summary>
    /// One write at the end, wherever that is by then: File.Append looks for it once, and poststart hooks write while the program does.
    /// </summary>
    internal static void Append(string path, byte[] line)
    {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0x1B6);
        fixed (byte* l = line)
            if (fd < 0 || write(fd, l, line.Length) != line.Length)
                throw new IOException($"{path}: errno {Marshal.GetLastSystemError()}");
        _ = close(fd);
    }

    // Strings are passed by hand: marshalling is switched off.
    internal static int open(string path, int flags, uint mode)
    {
        fixed (byte* p = Native(path))
            return open(p, flags, mode);
    }

    internal static int mknod(string path, uint mode, ulong device)
    {
        fixed (byte* p = Native(path))
            return mknod(p, mode, device);
    }

    internal static int mkdir(string path, uint mode)
    {
        fixed (byte* p = Native(path))
            return mkdir(p, mode);
    }

    internal static int chroot(string path)
    {
        fixed (byte* p = Native(path))
            return chroot(p);
    }

    internal static int mount(string source, string target, string? type, ulong flags, string? data)
    {
        fixed (byte* s = Native(source), t = Native(target), y = Native(type ?? ""), d = Native(data ?? ""))
            return mount(s, t, y, flags, d);
    }

    internal static int statx(int directory, string path, int flags, uint mask, byte* result)
    {
        fixed (byte* p = Native(path))
            return statx(directory, p, flags, mask, result);
    }

    private static nint readlink(string path, byte* target, nint size)
    {
        fixed (byte* p = Native(path))
            return readlink(p, target, size);
    }

    private static byte[] Native(string text) => Encoding.UTF8.GetBytes(text + "\0");
}
