using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>config-linux.md#namespaces: those that are joined by path, opened while nothing is made yet.</summary>
internal static class NamespaceFds
{
    /// <returns>By index; null where there is no path.</returns>
    public static Fd?[] Open(Namespace[] namespaces)
    {
        Fd?[] fds = new Fd?[namespaces.Length];
        for (int i = 0; i < namespaces.Length; i++)
            if (namespaces[i].Path is { } path)
                fds[i] = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_NONBLOCK, out int error) // a FIFO would wait for its writer
                    ?? throw ContainerException.From(new SysException("open", path, -error), "cannot open the namespace", $"/linux/namespaces/{i}/path");
        return fds;
    }
}
