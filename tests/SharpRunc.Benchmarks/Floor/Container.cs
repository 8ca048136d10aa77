using System;
using static SharpRunc.Benchmarks.Floor.Kernel;

namespace SharpRunc.Benchmarks.Floor;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The container of the benchmark's config.json, written out as the calls that the kernel wants for it.</summary>
internal static unsafe class Container
{
    internal static readonly string[] Hierarchies = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids",
        "systemd"];

    /// <summary>As default devices are allowed by every runtime, then the config's own.</summary>
    private static readonly string[] AllowedDevices =
    [
        "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:8 rwm", "c 1:7 rwm", "c 5:0 rwm", "c 1:5 rwm", "c 1:9 rwm", "c 136:* rwm", "c 5:2 rwm",
            "c 5:1 rwm",
    ];

    /// <returns>The program's exit status.</returns>
    public static int Run(string rootfs, string cgroup)
    {
        byte[][] directories = new byte[Hierarchies.Length][], tasks = new byte[Hierarchies.Length][];
        int slash = cgroup.IndexOf('/');
        for (int i = 0; i < Hierarchies.Length; i++)
        {
            string hierarchy = "/sys/fs/cgroup/" + Hierarchies[i] + "/";
            MakeDirectory(Path(hierarchy, cgroup[..slash]));
            directories[i] = Path(hierarchy, cgroup);
            tasks[i] = Path(hierarchy, cgroup, "/tasks");
            MakeDirectory(directories[i]);
        }
        InheritCpuset(cgroup[..slash], cgroup);
        LimitDevices(cgroup);
        byte[] root = Path(rootfs);

        clone_args arguments = new()
        {
            flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET,
            exit_signal = SIGCHLD
        };
        nint pid = Must(syscall(SYS_clone3, (nint)(&arguments), sizeof(clone_args)), "clone3"u8);
        if (pid == 0)
            Child(root, directories, tasks);
        int status;
        Must(syscall(SYS_wait4, pid, (nint)(&status)), "wait4"u8);
        foreach (byte[] directory in directories)
            RemoveDirectory(directory);
        return status >> 8 & 0xff;
    }

    private static void Child(byte[] root, byte[][] directories, byte[][] tasks)
    {
        Mount(default, "/"u8, default, MS_REC | MS_SLAVE);
        Mount(root, root, default, MS_BIND | MS_REC);
        ChangeDirectory(root);
        Mounts(directories);
        Devices();
        foreach (byte[] file in tasks)
            Write(file, "0"u8);
        fixed (byte* dot = "."u8)
        {
            Must(syscall(SYS_pivot_root, (nint)dot, (nint)dot), "pivot_root"u8);
            Must(syscall(SYS_umount2, (nint)dot, MNT_DETACH), "umount2"u8);
        }
        ChangeDirectory("/"u8);
        Write("/proc/sys/net/ipv4/ip_unprivileged_port_start"u8, "0"u8);
        Write("/proc/sys/net/ipv4/ping_group_range"u8, "0 2147483647"u8);
        Hide();
        Become();
        byte** argv = stackalloc byte*[2], envp = stackalloc byte*[1];
        argv[1] = envp[0] = null;
        fixed (byte* program = "/bin/true"u8)
        {
            argv[0] = program;
            Must(syscall(SYS_execve, (nint)program, (nint)argv, (nint)envp), "execve"u8);
        }
    }

    private static void Mounts(byte[][] directories)
    {
        const ulong quiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;
        Mount("proc"u8, "proc"u8, "proc"u8, quiet);
        Mount("tmpfs"u8, "dev"u8, "tmpfs"u8, MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"u8);
        MakeDirectory("dev/pts"u8);
        Mount("devpts"u8, "dev/pts"u8, "devpts"u8, MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"u8);
        Mount("sysfs"u8, "sys"u8, "sysfs"u8, quiet | MS_RDONLY);
        Mount("tmpfs"u8, "sys/fs/cgroup"u8, "tmpfs"u8, quiet, "mode=755"u8);
        for (int i = 0; i < directories.Length; i++)
        {
            byte[] target = Path("sys/fs/cgroup/", Hierarchies[i]);
            MakeDirectory(target);
            Mount(directories[i], target, default, MS_BIND);
            Mount(default, target, default, MS_BIND | MS_REMOUNT | MS_RDONLY | quiet);
        }
        Mount(default, "sys/fs/cgroup"u8, default, MS_BIND | MS_REMOUNT | MS_RDONLY | quiet);
        MakeDirectory("dev/mqueue"u8);
        Mount("mqueue"u8, "dev/mqueue"u8, "mqueue"u8, quiet);
        MakeDirectory("dev/shm"u8);
        Mount("shm"u8, "dev/shm"u8, "tmpfs"u8, quiet, "mode=1777,size=67108864"u8);
        foreach (string file in (ReadOnlySpan<string>)["resolv.conf", "hostname", "hosts"])
        {
            byte[] target = Path("etc/", file);
            syscall(SYS_close, Open(target, O_CREAT | O_RDONLY));
            Mount(Path("../sources/", file), target, default, MS_BIND | MS_REC);
            Mount(default, target, default, MS_REC | MS_PRIVATE);
        }
    }

    private static void Devices()
    {
        MakeDevice("dev/null"u8, 1, 3);
        MakeDevice("dev/zero"u8, 1, 5);
        MakeDevice("dev/full"u8, 1, 7);
        MakeDevice("dev/random"u8, 1, 8);
        MakeDevice("dev/urandom"u8, 1, 9);
        MakeDevice("dev/tty"u8, 5, 0);
        Symlink("/proc/self/fd"u8, "dev/fd"u8);
        Symlink("/proc/self/fd/0"u8, "dev/stdin"u8);
        Symlink("/proc/self/fd/1"u8, "dev/stdout"u8);
        Symlink("/proc/self/fd/2"u8, "dev/stderr"u8);
        Symlink("/proc/kcore"u8, "dev/core"u8);
        Symlink("pts/ptmx"u8, "dev/ptmx"u8);
    }

    /// <summary>maskedPaths (a file gets /dev/null, a directory an empty tmpfs) and readonlyPaths; what is missing is left out.</summary>
    private static void Hide()
    {
        foreach (string path in (ReadOnlySpan<string>)["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/timer_list", "/proc/timer_stats",
            "/proc/sched_debug", "/proc/scsi", "/sys/firmware"])
            if (TryMount("/dev/null"u8, Path(path), default, MS_BIND) < 0 && errno == ENOTDIR)
                Mount("tmpfs"u8, Path(path), "tmpfs"u8, MS_RDONLY, "nr_blocks=1,nr_inodes=1"u8);
        foreach (string path in (ReadOnlySpan<string>)["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"])
        {
            if (TryMount(Path(path), Path(path), default, MS_BIND | MS_REC) < 0)
                continue;
            Mount(default, Path(path), default, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV);
        }
    }

    /// <summary>Docker's 14 capabilities.</summary>
    private const ulong Capabilities = 0xa80425fb;

    private const int LastCapability = 40;

    private static void Become()
    {
        fixed (byte* name = "510d6b0123fd"u8)
            Must(syscall(SYS_sethostname, (nint)name, 12), "sethostname"u8);
        for (int i = 0; i <= LastCapability; i++)
            if ((Capabilities >> i & 1) == 0)
                Must(syscall(SYS_prctl, PR_CAPBSET_DROP, i), "prctl"u8);
        uint group = 0;
        Must(syscall(SYS_setgroups, 1, (nint)(&group)), "setgroups"u8);
        Must(syscall(SYS_setresgid, 0, 0, 0), "setresgid"u8);
        Must(syscall(SYS_setresuid, 0, 0, 0), "setresuid"u8);
        cap_header header = new() { version = _LINUX_CAPABILITY_VERSION_3 };
        cap_data* data = stackalloc cap_data[2];
        data[0] = new() { effective = (uint)Capabilities, permitted = (uint)Capabilities };
        data[1] = default;
        Must(syscall(SYS_capset, (nint)(&header), (nint)data), "capset"u8);
    }

    /// <summary>A v1 cpuset starts empty and takes no process until it has been filled from above.</summary>
    internal static void InheritCpuset(params ReadOnlySpan<string> cgroups)
    {
        byte* buffer = stackalloc byte[256];
        foreach (string file in (ReadOnlySpan<string>)["cpuset.cpus", "cpuset.mems"])
        {
            nint fd = Open(Path("/sys/fs/cgroup/cpuset/", file), O_RDONLY);
            nint length = Must(syscall(SYS_read, fd, (nint)buffer, 256), "read"u8);
            syscall(SYS_close, fd);
            foreach (string directory in cgroups)
                Write(Path("/sys/fs/cgroup/cpuset/", directory, "/", file), new ReadOnlySpan<byte>(buffer, (int)length));
        }
    }

    private static void LimitDevices(string cgroup)
    {
        Write(Path("/sys/fs/cgroup/devices/", cgroup, "/devices.deny"), "a"u8);
        nint allow = Open(Path("/sys/fs/cgroup/devices/", cgroup, "/devices.allow"), O_WRONLY);
        foreach (string rule in AllowedDevices)
            Write(allow, Path(rule).AsSpan()[..^1]);
        syscall(SYS_close, allow);
    }
}
