using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Sockets;

/// <summary>
/// sd_notify(3) out of a container: where the caller has a $NOTIFY_SOCKET, so has the program, one of the container's own.
/// Its directory is mounted into the container by create; the socket is in it while start or run listens (<see cref="NotifyRelay"/>).
/// </summary>
internal static class NotifySocket
{
    public const string Variable = "NOTIFY_SOCKET";
    public const string File = "notify.sock";

    /// <summary>In the container.</summary>
    public const string Place = "/run/notify";
    public const uint DirectoryMode = 0x1ED; // 0755: the program's user walks through it

    /// <summary>Where the caller wants to be told; null: nowhere.</summary>
    public static string? Caller => ProcessStrings.Variable(Variable) is { Length: > 0 } path ? path : null;

    /// <summary>Makes the directory, and asks for its mount as a config would: the last of them, over whatever is there by then.</summary>
    public static void Offer(ContainerDirectory directory, Config config, NamespacePlan namespaces)
    {
        if (Caller is null || config.Process is not { } process || !namespaces.MayMount)
            return;
        directory.MakeNotify(DirectoryMode);
        config.Mounts = [.. config.Mounts, new Mount { Destination = Place, Source = directory.Path + "/" + ContainerDirectory.Notify, Options = ["bind", "nosuid", "noexec", "nodev", "ro"] }];
        process.Env = [.. process.Env, Variable + "=" + Place + "/" + File];
    }
}
