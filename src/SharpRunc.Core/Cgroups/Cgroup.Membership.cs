using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Which cgroup a process is in, and whether that is within the container. If the kernel gives no answer, it is not taken for a yes.
internal sealed partial class Cgroup
{
    /// <summary>The explanation of EAGAIN from clone(2).</summary>
    internal const string NoMoreProcesses = "pids.max of the cgroup, or of the caller's or one above, or the user's RLIMIT_NPROC allows no more processes";

    // For a container that keeps moving its init.
    private const int EnterAttempts = 64;

    /// <summary>
    /// Requires that a process is in this cgroup or below it, in each of its hierarchies; a process that has ended is in none and passes.
    /// </summary>
    /// <exception cref="ContainerException">It is elsewhere, or the kernel does not say.</exception>
    internal void RequireInside(int pid)
    {
        string membership = ReadMembership(pid);
        foreach (CgroupDirectory directory in directories)
            if (FindBelow(directory, membership) is null && ProcessStat.TryRead(pid, out ProcessStat stat) && !stat.IsExiting)
                throw new ContainerException($"process {pid} is not in the container's cgroup {directory.Path}: it is in {PathIn(membership, directory.Key)}");
    }

    /// <summary>
    /// Clones a process into the unified cgroup. Where that accepts none (EBUSY: it has given controllers to cgroups below it; EOPNOTSUPP:
    /// it has only threads), the process joins the cgroup of the container's init, which is always within the container's own.
    /// </summary>
    /// <param name="below">A place that the caller names has no fallback.</param>
    /// <param name="init">The container's init; its cgroup is used when the container's own is gone.</param>
    /// <param name="clone">Receives the directory for CLONE_INTO_CGROUP; null where there is no unified hierarchy.</param>
    internal T Enter<T>(SubCgroups below, int init, Func<Fd?, T> clone)
    {
        using (Fd? own = OpenUnified(below, init))
            try
            {
                return clone(own);
            }
            catch (SysException e) when (e.Errno == EAGAIN)
            {
                throw ContainerException.From(e, "cannot make the process", pointer: null, NoMoreProcesses);
            }
            catch (SysException e) when (own is not null && IsCgroupRefusal(e.Errno) && !below.IsAsked)
            {
            }
        CgroupDirectory unified = UnifiedDirectory!;
        SysException? refused = null;
        for (int attempt = 0; attempt < EnterAttempts; attempt++)
        {
            string path = FindBelow(unified, ReadMembership(init))
                ?? throw new ContainerException($"cannot join the container's cgroup: its init has left {unified.Path}, which takes no process: {ReasonForRefusingProcesses()}");
            // The processes of a threaded cgroup are in the domain above.
            for (; ; path = CgroupPath.Parent(path))
                try
                {
                    using Fd? place = path.Length == 0 ? Reopen(unified) : Sys.TryOpenAt2(unified.Open(), path, O_RDONLY | O_DIRECTORY, Inside, out _);
                    if (place is null)
                        break; // it has moved meanwhile
                    return clone(place);
                }
                catch (SysException e) when (IsCgroupRefusal(e.Errno))
                {
                    refused = e;
                    if (e.Errno != EOPNOTSUPP || path.Length == 0)
                        break;
                }
        }
        throw ContainerException.From(refused ?? new SysException("openat2", unified.Path, ENOENT), ReasonForRefusingProcesses() is { } why ? $"cannot join the container's cgroup: {why}" : "cannot join the container's cgroup");
    }

    /// <summary>clone3(2): the errors of CLONE_INTO_CGROUP that concern the cgroup and not the caller.</summary>
    internal static bool IsCgroupRefusal(int errno) => errno is EBUSY or EOPNOTSUPP or ENODEV or ENOENT;

    /// <summary>cgroups(7), "no internal processes" and threads; null if it accepts processes.</summary>
    internal string? ReasonForRefusingProcesses()
    {
        if (UnifiedDirectory is not { } unified)
            return null;
        if (unified.TryRead("cgroup.type")?.Trim() is { } type && type is "threaded" or "domain invalid")
            return $"{unified.Path} takes threads and no process (cgroup.type: {type})";
        if (unified.TryRead("cgroup.subtree_control")?.Trim() is { Length: > 0 } controllers)
            return $"{unified.Path} has given its controllers to the cgroups below it (cgroup.subtree_control: {controllers}), and such a cgroup takes no process";
        return null;
    }

    /// <summary>
    /// The container's own directory is gone, so no process is in it: someone with the permission has moved them. A process that joins the
    /// container joins its init's cgroup instead, and is confined as the init is.
    /// </summary>
    private CgroupDirectory Follow(CgroupDirectory gone, int init)
    {
        if (init <= 0)
            throw new SysException("openat2", gone.Path, ENOENT);
        string name = PathIn(ReadMembership(init), gone.Key).ToString();
        Hierarchy? hierarchy = Array.Find(CgroupLayout.Detect().Hierarchies, hierarchy => string.Join(',', hierarchy.Controllers) == gone.Key);
        if (name.Length == 0 || hierarchy is null)
            throw new SysException("openat2", gone.Path, ENOENT);
        string below = hierarchy.BelowMount(name);
        if (below.Length == 0 && !gone.Key.StartsWith("name=", StringComparison.Ordinal))
            throw new ContainerException($"cannot join the container's cgroup: {gone.Path} is gone, and its init is in the root of the hierarchy, where nothing limits it");
        CgroupDirectory followed = new(gone.Key, $"{hierarchy.MountPoint}/{below}", hierarchy.NameOf(below));
        directories[Array.IndexOf(directories, gone)] = followed;
        gone.Dispose();
        return followed;
    }

    private static string ReadMembership(int pid)
    {
        string file = $"/proc/{pid}/cgroup";
        try
        {
            return Sys.ReadText(Fd.Cwd, file);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "cannot tell the process's cgroup");
        }
    }

    /// <summary>The path below the directory: "" for the directory itself; null if the process is elsewhere.</summary>
    /// <param name="membership">The content of /proc/PID/cgroup.</param>
    private static string? FindBelow(CgroupDirectory directory, string membership)
    {
        ReadOnlySpan<char> path = PathIn(membership, directory.Key);
        return directory.Name is { } name && Below(name, path) is { } below ? below
            // The name is not known, or was recorded in another cgroup namespace.
            : NameNow(directory) is { } now ? Below(now, path) : null;
    }

    /// <summary>
    /// Matches a prefix from the hierarchy's root, ending at a component boundary: the same name further down is another cgroup.
    /// </summary>
    internal static string? Below(string name, ReadOnlySpan<char> path)
    {
        if (name.Length == 0 || path.IsEmpty || !path.StartsWith(name, StringComparison.Ordinal))
            return null;
        if (path.Length == name.Length)
            return "";
        return path[name.Length] == '/' ? path[(name.Length + 1)..].ToString() : null;
    }

    private static string? NameNow(CgroupDirectory directory)
    {
        foreach (Hierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
            if (string.Join(',', hierarchy.Controllers) == directory.Key && directory.Path.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal))
                return hierarchy.NameOf(directory.Path[(hierarchy.MountPoint.Length + 1)..]);
        return null;
    }

    /// <summary>Lines are <c>hierarchy-ID:controllers:path</c> (cgroups(7)); empty if that hierarchy has no line.</summary>
    internal static ReadOnlySpan<char> PathIn(ReadOnlySpan<char> membership, string key)
    {
        foreach (Range part in membership.Split('\n'))
        {
            ReadOnlySpan<char> line = membership[part];
            line = line[(line.IndexOf(':') + 1)..];
            if (line.Length > key.Length && line[key.Length] == ':' && line.StartsWith(key, StringComparison.Ordinal))
                return line[(key.Length + 1)..];
        }
        return [];
    }
}
