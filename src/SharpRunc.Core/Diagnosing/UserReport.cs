using System.Globalization;
using SharpRunc.Core.Init;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>Of the host: what containers with a user namespace of their own need, and those of ordinary users most.</summary>
internal static class UserReport
{
    private const string File = "user-namespaces", Capability = "security.capability";

    public static void Add(Findings found, RuntimeContext context)
    {
        found.Try(File, () => Namespaces(found, context));
        found.Try("subids", () => Ranges(found, context));
        found.Try("newuidmap", () => Tools(found, context));
    }

    /// <summary>Root needs none of it, unless a config asks for it.</summary>
    private static Severity For(RuntimeContext context) => context.Euid == 0 ? Severity.Note : Severity.Problem;

    private static void Namespaces(Findings found, RuntimeContext context)
    {
        Switch(found, context, "user.max_user_namespaces", "0", "15000", "nobody can make a user namespace");
        Switch(found, context, "kernel.unprivileged_userns_clone", "0", "1", "only root can make a user namespace");
        Switch(found, context, "kernel.apparmor_restrict_unprivileged_userns", "1", "0",
            "AppArmor denies an ordinary user the privileges in a user namespace");
        if (!found.Has(File, Severity.Note))
            found.Ok(File, $"can be made, {HostFile.TryRead("/proc/sys/user/max_user_namespaces") ?? "an unknown number"} a user");
    }

    private static void Switch(Findings found, RuntimeContext context, string sysctl, string refuses, string allows, string consequence)
    {
        if (HostFile.TryRead("/proc/sys/" + sysctl.Replace('.', '/')) == refuses)
            found.Add(For(context), File, $"{sysctl} is {refuses}: {consequence}", $"sysctl -w {sysctl}={allows}");
    }

    private static void Ranges(Findings found, RuntimeContext context)
    {
        string name = new UserNames().Find(context.Euid), uid = context.Euid.ToString(CultureInfo.InvariantCulture);
        string? uids = Granted(SubordinateIds.Uids, name, uid), gids = Granted(SubordinateIds.Gids, name, uid);
        if (uids is not null && gids is not null)
            found.Ok("subids", $"{name} is granted the uids {uids} and the gids {gids}");
        else if (context.Euid == 0)
            found.Ok("subids", "root maps any id, and needs no grant in /etc/subuid and /etc/subgid");
        else
            found.Note("subids", $"{(uids is null ? "/etc/subuid" : "/etc/subgid")} grants {name} nothing: only the own id can be mapped",
                $"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}");
    }

    private static string? Granted(string file, string name, string uid)
        => SubordinateIds.Of(file, name, uid) is [(ulong first, ulong last), ..] ? $"{first.ToString()} to {last.ToString()}" : null;

    private static void Tools(Findings found, RuntimeContext context)
    {
        string[] tools = ["newuidmap", "newgidmap"], how = ["", ""];
        for (int i = 0; i < tools.Length; i++)
        {
            if (SearchPath.Find(tools[i]) is not { } path)
            {
                found.Add(context.Euid == 0 ? Severity.Ok : Severity.Note, "newuidmap",
                    $"{tools[i]} is not in PATH{(context.Euid == 0 ? ", and root needs it not" : ": only the own id can be mapped")}",
                    context.Euid == 0 ? null : "install the package uidmap or shadow-utils");
                return;
            }
            using Fd file = Sys.OpenAt(Fd.Cwd, path, O_PATH);
            using Fd? readable = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY, out _);
            bool isSetUid = Inode.Of(file, path) is { Uid: 0 } inode && (inode.Mode & 0x800) != 0; // S_ISUID
            if (!isSetUid && readable is not null && Sys.TryGetXattr(readable, Capability) is not { Length: > 0 })
            {
                found.Add(context.Euid == 0 ? Severity.Note : Severity.Problem, "newuidmap",
                    $"{path} has neither the setuid bit nor a file capability: it can map nothing", $"chown root {path}; chmod u+s {path}");
                return;
            }
            how[i] = $"{path} ({(isSetUid ? "setuid" : "file capability")})";
        }
        found.Ok("newuidmap", string.Join(", ", how));
    }
}
