using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

/// <summary>
/// A namespace that the container does not own (a pod's network): criu stores a name in its place, and restore passes the namespace in
/// under that name. The names are runc's, so that each runtime can restore the other's checkpoints.
/// </summary>
internal sealed record ExternalNamespace(string File, string Key)
{
    private static readonly ExternalNamespace Network = new("net", "extRootNetNS"), Pid = new("pid", "extRootPidNS");

    /// <summary>null for a type that criu dumps and restore joins by path.</summary>
    public static ExternalNamespace? Find(NamespaceType type) => type switch
    {
        NamespaceType.Network => Network,
        NamespaceType.Pid => Pid,
        _ => null,
    };

    /// <summary>criu(8), --external: <c>net[inode]:key</c>. The process still refers to its namespace even if the path is gone.</summary>
    public string ForDump(int init)
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, $"/proc/{init}/ns/{File}", O_PATH);
        return $"{File}[{Inode.Of(file, File).Number}]:{Key}";
    }

    /// <summary>criu's name for a namespace that restore joins by path (join_ns); null if it cannot.</summary>
    public static string? JoinName(NamespaceType type) => type switch
    {
        NamespaceType.Ipc => "ipc",
        NamespaceType.Uts => "uts",
        NamespaceType.User => "user",
        NamespaceType.Time => "time",
        NamespaceType.Mount => "mnt",
        _ => null,
    };
}
