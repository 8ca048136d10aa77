using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;

namespace SharpRunc.Benchmarks;

/// <summary>
/// The private mount namespace that every runtime is measured in. The v2 mount of the hybrid layout is taken away, because crun
/// refuses a container there, and state directories lie on a tmpfs, as /run is.
/// </summary>
internal sealed class Host : IDisposable
{
    private const string Unified = "/sys/fs/cgroup/unified", CgroupRoot = "/sys/fs/cgroup";

    public Host()
    {
        Check(unshare(NewNamespace), "unshare");
        Check(mount(null, "/", null, Recursive | Private, null), "mount /");
        if (Directory.Exists(Unified))
            Check(umount2(Unified, Detach), "umount2 " + Unified);
        Work = Directory.CreateTempSubdirectory("sharprunc-bench-").FullName;
        Check(mount("tmpfs", Work, "tmpfs", 0, "mode=755"), "mount " + Work);
        Cgroup = "/" + Path.GetFileName(Work);
        // A runtime may give its standard streams to the container's user: they are a null device of our own, not the machine's.
        string own = Path.Combine(Work, "null");
        Check(mknod(own, CharacterDevice | 0x1B6, NullDevice), "mknod " + own);
        Check(mount(own, "/dev/null", null, Bind, null), "mount /dev/null");
    }

    /// <summary>A tmpfs that nobody else sees.</summary>
    public string Work { get; }

    private string Programs { get; } = Directory.CreateTempSubdirectory("sharprunc-bench-programs-").FullName;

    /// <summary>The top-level cgroup that all containers of this run lie under.</summary>
    public string Cgroup { get; }

    /// <summary>
    /// Copies a program, as an installation does. A file that a linker has just written lies in the page cache in pieces of up to 2 MiB,
    /// and each is mapped as a whole: its processes seem to have twice the memory of those of the same file once it is installed.
    /// </summary>
    public string Install(string name, string program)
    {
        string directory = Directory.CreateDirectory(Path.Combine(Programs, name)).FullName;
        string path = Path.Combine(directory, Path.GetFileName(program));
        File.Copy(program, path);
        return path;
    }

    /// <summary>Binds a program on itself, read-only: whoever executes it there cannot be made to overwrite it.</summary>
    public string ReadOnly(string name, string program)
    {
        string path = Path.Combine(Work, "ro-" + name);
        File.Create(path).Dispose();
        Check(mount(program, path, null, Bind, null), "mount " + path);
        Check(mount(null, path, null, Bind | Remount | ReadOnlyFlag | NoSuid | NoDev, null), "mount " + path);
        return path;
    }

    /// <summary>The unified hierarchy, for as long as what is returned is not disposed.</summary>
    public IDisposable MountUnified(out string path)
    {
        path = Path.Combine(Work, "unified");
        Directory.CreateDirectory(path);
        Check(mount("cgroup2", path, "cgroup2", 0, null), "mount " + path);
        return new Mounted(path);
    }

    private sealed record Mounted(string Point) : IDisposable
    {
        public void Dispose()
        {
            umount2(Point, Detach);
            Directory.Delete(Point);
        }
    }

    /// <summary>A measurement that failed leaves containers that sleep.</summary>
    public void Dispose()
    {
        Processes.EndAll();
        foreach (string hierarchy in Directory.GetDirectories(CgroupRoot))
            RemoveCgroup(hierarchy + Cgroup);
        RemoveCgroup(CgroupRoot + Cgroup); // v2 alone
        // The files bound inside keep it busy: they go with the namespace.
        umount2(Work, Detach);
        Directory.Delete(Work);
        Directory.Delete(Programs, recursive: true);
    }

    private static void RemoveCgroup(string path)
    {
        if (!Directory.Exists(path))
            return;
        foreach (string child in Directory.GetDirectories(path))
            RemoveCgroup(child);
        rmdir(path);
    }

    private static void Check(int result, string call)
    {
        if (result == -1)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private const int NewNamespace = 0x20000, Detach = 2;
    private const uint CharacterDevice = 0x2000;
    private const nuint NullDevice = 1 << 8 | 3, ReadOnlyFlag = 1, NoSuid = 2, NoDev = 4, Remount = 0x20, Bind = 0x1000, Recursive = 0x4000,
        Private = 0x40000;

    [DllImport("libc", SetLastError = true)]
    private static extern int unshare(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int mount([MarshalAs(UnmanagedType.LPUTF8Str)] string? source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, nuint flags, [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);

    [DllImport("libc", SetLastError = true)]
    private static extern int umount2([MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int mknod([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode, nuint device);

    [DllImport("libc")]
    private static extern int rmdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);
}
