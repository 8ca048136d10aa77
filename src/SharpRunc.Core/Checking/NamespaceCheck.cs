using System;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Network;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#namespaces: what this kernel has and allows, those by path, and what concerns a namespace by path: sysctls, devices.
/// </summary>
internal sealed class NamespaceCheck(HostFindings found)
{
    /// <summary>KTIME_SEC_MAX of the kernel; time_namespaces(7): a clock must stay between 0 and half of it.</summary>
    private const long MaxSeconds = long.MaxValue / 1_000_000_000;

    private readonly Spec.Linux linux = found.Config.Linux;

    public void Run()
    {
        if (found.Context.Euid != 0 && !found.HasUser)
            found.Error(ErrorCode.NamespaceRequired, "/linux/namespaces", "an ordinary user's container needs a user namespace");
        Fd?[] opened = new Fd?[linux.Namespaces.Length];
        for (int i = 0; i < opened.Length; i++)
        {
            int index = i;
            found.Try(() => opened[index] = Check(linux.Namespaces[index], index));
        }
        found.Try(() => NamespaceFds.RequireNoHostSysctls(linux, opened));
        int network = Array.FindIndex(linux.Namespaces, static entry => entry.Type == NamespaceType.Network);
        if (linux.NetDevices.Length > 0 && network >= 0)
            found.Try(() => NetDevices.RequireMovable(linux, opened[network]));
        foreach (Fd? one in opened)
            one?.Dispose();
        CheckOffset("monotonic", linux.TimeOffsets?.Monotonic);
        CheckOffset("boottime", linux.TimeOffsets?.Boottime);
    }

    private Fd? Check(Namespace entry, int index)
    {
        string name = FileOf(entry.Type), pointer = $"/linux/namespaces/{index}";
        if (entry.Path is null)
        {
            CheckNew(name, pointer);
            return null;
        }
        Fd fd = NamespaceFds.Open(entry, index);
        using Fd? own = Sys.TryOpenAt(Fd.Cwd, "/proc/self/ns/" + name, O_PATH, out _);
        if (entry.Type == NamespaceType.User && own is not null && Inode.Of(own, name).IsSameAs(Inode.Of(fd, entry.Path)))
            found.Error(ContainerException.From(
                ErrorCode.NamespaceJoin, new SysException("setns", entry.Path, EINVAL), "cannot join the user namespace",
                pointer + "/path", "it is the runtime's own: omit it to inherit it"));
        return fd;
    }

    private void CheckNew(string name, string pointer)
    {
        if (!Sys.Exists(Fd.Cwd, "/proc/self/ns/" + name))
            found.Error(ErrorCode.NamespaceAbsent, pointer + "/type", $"this kernel has no {name} namespaces", EINVAL);
        string most = $"user.max_{name}_namespaces";
        if (IsSet("user", $"max_{name}_namespaces", "0"))
            found.Error(
                ErrorCode.NamespaceAbsent, pointer + "/type", $"{most} is 0: nobody can make one", ENOSPC, $"sysctl -w {most}=15000");
        if (name != "user" || found.Context.Euid == 0)
            return;
        if (IsSet("kernel", "unprivileged_userns_clone", "0"))
            found.Error(
                ErrorCode.NamespaceAbsent, pointer + "/type",
                "kernel.unprivileged_userns_clone is 0: only root can make a user namespace", EPERM,
                "sysctl -w kernel.unprivileged_userns_clone=1");
        if (IsSet("kernel", "apparmor_restrict_unprivileged_userns", "1"))
            found.Warn(pointer + "/type", "kernel.apparmor_restrict_unprivileged_userns is 1: AppArmor denies an ordinary user the "
                + "privileges in a user namespace, unless a profile for this program allows them");
    }

    private static bool IsSet(string directory, string name, string value)
        => HostFindings.Read($"/proc/sys/{directory}/{name}")?.Trim() == value;

    /// <summary>namespaces(7): the name in /proc/PID/ns.</summary>
    private static string FileOf(NamespaceType type) => type switch
    {
        NamespaceType.Network => "net",
        NamespaceType.Mount => "mnt",
        _ => type.ToString().ToLowerInvariant(),
    };

    private void CheckOffset(string clock, TimeOffset? offset)
    {
        if (offset is not { } by)
            return;
        long now = Sys.MonotonicMilliseconds() / 1000;
        string pointer = $"/linux/timeOffsets/{clock}/secs";
        if (by.Secs is < -MaxSeconds or > MaxSeconds || now + by.Secs > MaxSeconds / 2)
            found.Error(
                ErrorCode.ConfigValue, pointer,
                $"the kernel accepts no clock above {MaxSeconds / 2} seconds; this would be {(Int128)now + by.Secs}",
                ERANGE);
        else if (now + by.Secs < 0)
            found.Error(
                ErrorCode.ConfigValue, pointer, $"the kernel accepts no negative clock, and the {clock} one is at {now} seconds", ERANGE);
    }
}
