using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// What is mounted on some paths in a container. Only the list of its mounts is read: a look-up in one of them could wait for a process of
/// the container that serves it (FUSE) and does not answer, and then nothing would end us.
/// </summary>
internal sealed class ContainerMounts
{
    private readonly Dictionary<string, MountInfo> found = [];
    private readonly Dictionary<string, string> realPaths = [];
    private readonly HashSet<string> unknown = [];

    /// <param name="image">The root file system as the host sees it; null: it is not there any more.</param>
    /// <param name="paths">In the container. Links on the way to them are followed as far as the image has them.</param>
    public ContainerMounts(int init, Fd? image, IEnumerable<string> paths)
    {
        HashSet<string> wanted = [];
        foreach (string path in paths)
        {
            string clean = LexicalPath.Clean(path), real = image is null ? clean : Resolve(image, clean);
            wanted.Add(clean);
            wanted.Add(real);
            realPaths[path] = real;
        }
        MountInfo.ForEach(init, mount =>
        {
            if (wanted.Contains(mount.Point))
                found[mount.Point] = mount;
        });
    }

    /// <summary>null: nothing is mounted there.</summary>
    public MountInfo? At(string path)
    {
        if (found.TryGetValue(LexicalPath.Clean(path), out MountInfo mount))
            return mount;
        return found.TryGetValue(realPaths[path], out mount) ? mount : null;
    }

    /// <summary>Whether nothing is seen there only because the way to it leads through something that is mounted in the image.</summary>
    public bool IsUnknown(string path) => At(path) is null && unknown.Contains(realPaths[path]);

    private string Resolve(Fd image, string clean)
    {
        using Root root = new(Sys.OpenAt(image, ".", O_PATH | O_DIRECTORY));
        using Fd? place = root.FindUnmounted(clean, out SysError error);
        if (error.Errno == EXDEV)
            unknown.Add(clean);
        string? top = ProcFs.TryPathOf(image), real = place is null ? null : ProcFs.TryPathOf(place);
        if (top is null || real is null || !real.StartsWith(top, System.StringComparison.Ordinal))
            return clean;
        return real.Length == top.Length ? "/" : real[top.TrimEnd('/').Length..];
    }
}
