using System.Collections.Generic;
using SharpRunc.Core.Criu;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Security;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What this host offers to containers, and what it lacks.</summary>
internal static class HostReport
{
    public static Findings Run(RuntimeContext context)
    {
        Findings found = new(context);
        found.Try("kernel", () => Kernel(found));
        CgroupReport.Add(found, context);
        found.Try("lsm", () => Lsm(found));
        UserReport.Add(found, context);
        found.Try("criu", () => Criu(found));
        found.Try("seal", () => SealOf(found));
        found.Try("state-root", () => StateRoot(found, context));
        found.Try("features", () => Features(found));
        return found;
    }

    private static void Kernel(Findings found)
    {
        KernelFloor.Check();
        found.Ok("kernel",
            $"Linux {Sys.KernelRelease()}; {KernelFloor.Major.ToString()}.{KernelFloor.Minor.ToString()} or later is needed");
    }

    /// <summary>Its list is in securityfs, which is not mounted everywhere.</summary>
    private static void Lsm(Findings found)
    {
        const string List = "/sys/kernel/security/lsm";
        string? active = HostFile.TryRead(List);
        string modules = active is null ? $"{List} is not there" : $"{active} are active";
        bool confines = Labels.HasAppArmor() || Labels.HasSeLinux();
        string text = $"AppArmor is {OnOff(Labels.HasAppArmor())}, SELinux is {OnOff(Labels.HasSeLinux())}; {modules}";
        if (confines)
            found.Ok("lsm", text);
        else
            found.Note("lsm", text, "boot with apparmor=1 security=apparmor, if this kernel was built with it");
    }

    private static string OnOff(bool isOn) => isOn ? "on" : "off";

    private static void Criu(Findings found)
    {
        string path;
        try
        {
            path = CriuProgram.Find();
        }
        catch (ContainerException e)
        {
            found.Note("criu", "is not in PATH: checkpoint and restore cannot be used", e.Hint);
            return;
        }
        List<string> lines = [];
        HostProgram.Run("criu", ["--version"], lines.Add);
        found.Ok("criu", $"{path}, {(lines.Count > 0 ? lines[0] : "of an unknown version")}");
    }

    private static void SealOf(Findings found)
    {
        const string Self = "/proc/self/exe";
        string path = Sys.ReadLinkAt(Fd.Cwd, Self), file = ShellText.Quote(path);
        if (Seal.IsSealed())
            found.Ok("seal", $"{path} is on a read-only mount: a start is sealed at no cost");
        else
            found.Note("seal", $"{path} is on a writable mount: each start moves itself to a read-only clone (0.1 to 0.2 ms)",
                $"mount --bind {file} {file} && mount -o remount,bind,ro {file}");
    }

    private static void StateRoot(Findings found, RuntimeContext context)
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, context.Root, O_PATH | O_DIRECTORY, out SysError error);
        if (root is null && error.Errno == ENOENT)
        {
            found.Note("state-root", $"{context.Root} is not there: the first create makes it");
            return;
        }
        int count = new ContainerStore(context).Names().Count;
        if (root is null)
            error.ThrowIfFailed();
        ulong mount = Inode.Of(root!, context.Root).MountId;
        string type = MountInfo.Read().Find(one => one.Id == mount).Type ?? "an unknown file system";
        string text = $"{context.Root} is on {type} and has {count.ToString()} {(count == 1 ? "entry" : "entries")}";
        if (type == "tmpfs")
            found.Ok("state-root", text);
        else
            found.Note("state-root", $"{text}: what is in it survives a reboot, which no container does",
                "--root DIR, where DIR is on a tmpfs such as /run");
    }

    /// <summary>features is fixed at build time. What it announces and this host has not, a container cannot have here.</summary>
    private static void Features(Findings found)
    {
        List<string> absent = [];
        if (!Labels.HasAppArmor())
            absent.Add("linux.apparmor (not enabled in this kernel)");
        if (!Labels.HasSeLinux())
            absent.Add("linux.selinux (not enabled in this kernel)");
        if (!MountInfo.Read().Exists(static mount => mount.Type == "resctrl"))
            absent.Add("linux.intelRdt (no resctrl is mounted)");
        foreach (string name in (string[])["cgroup", "ipc", "net", "pid", "time", "user", "uts"])
            if (HostFile.IsMissing("/proc/self/ns/" + name))
                absent.Add($"the {name} namespace (not in this kernel)");
        if (!Sys.HasSeccompAction(SECCOMP_RET_USER_NOTIF))
            absent.Add("SCMP_ACT_NOTIFY (not in this kernel)");
        string announced = $"announces OCI {SpecVersion.Oldest} to {SpecVersion.Current} with all that this build applies";
        if (absent.Count == 0)
            found.Ok("features", announced + ", and this host has it");
        else
            found.Note("features", $"{announced}; this host has not {string.Join(", ", absent)}");
    }
}

/// <summary>Short files in which the kernel and the administrator say how the host is set up.</summary>
internal static class HostFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Without the last line's end; null: it is not there, or not for us to read.</summary>
    public static string? TryRead(string path)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_NONBLOCK, out _);
        return file is null ? null : KernelText.Decode(Sys.ReadAll(file, path, MaxBytes)).TrimEnd('\n');
    }

    public static bool IsMissing(string path) => !Sys.Exists(Fd.Cwd, path);
}
