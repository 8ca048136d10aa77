using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Sockets;

/// <summary>
/// sd_notify(3) from inside a container: if the caller has a $NOTIFY_SOCKET, the program gets one too, which is the container's own. Create
/// mounts its directory into the container; the socket is in it while start or run listens (<see cref="NotifyRelay"/>).
/// </summary>
internal static class NotifySocket
{
    public const string Variable = "NOTIFY_SOCKET";
    public const string File = "notify.sock";

    /// <summary>Path in the container.</summary>
    public const string Place = "/run/notify";
    public const uint DirectoryMode = Modes.O755; // the program's user must be able to enter it

    /// <summary>The caller's notify socket; null: none.</summary>
    public static string? Caller => ProcessStrings.Variable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>Not for a container without a process, which would never report, nor for one that may not mount.</summary>
    public static bool IsWanted(Config config, NamespacePlan namespaces)
        => Caller is not null && config.Process is not null && namespaces.MayMount;

    /// <summary>Returns the mount of its directory, to be made last, over whatever is there.</summary>
    public static Mount MountOf(ContainerDirectory directory) => new()
    {
        Destination = Place,
        Source = directory.Path + "/" + ContainerDirectory.Notify,
        Options = ["bind", "nosuid", "noexec", "nodev", "ro"],
    };

    public static Process WithVariable(Process process) => process with { Env = [.. process.Env, Variable + "=" + Place + "/" + File] };
}
