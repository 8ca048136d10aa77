using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Where a process of the container is, and whether that is within it. What the kernel does not answer is never taken for a yes.
internal sealed partial class Cgroup
{
    /// <summary>EAGAIN of clone(2).</summary>
    internal const string NoMoreProcesses = "pids.max of the cgroup, or of the caller's or one above, or the user's RLIMIT_NPROC allows no more processes";

    // A container that moves its init again and again.
    private const int EnterAttempts = 64;

    /// <summary>A process is in it, or in a cgroup below, in each of its hierarchies; or it has ended and is in none.</summary>
    /// <exception cref="ContainerException">It is not, or the kernel does not say.</exception>
    internal void RequireInside(int pid)
    {
        string membership = ReadMembership(pid);
        foreach (CgroupDirectory directory in directories)
            if (FindBelow(directory, membership) is null && ProcessStat.TryRead(pid, out ProcessStat stat) && !stat.IsExiting)
                throw new ContainerException($"process {pid} is not in the container's cgroup {directory.Path}: it is in {PathIn(membership, directory.Key)}");
    }

    /// <summary>
    /// Has a process cloned into the unified cgroup. Where that takes none (EBUSY: it has given controllers to cgroups below it; EOPNOTSUPP:
    /// it has only threads) the process goes to where the container's init is, which is always within the container's own.
    /// </summary>
    /// <param name="below">A place that the caller names is the only one.</param>
    /// <param name="init">The container's init, in whose cgroup it goes where the container's own is gone.</param>
    /// <param name="clone">Gets the directory for CLONE_INTO_CGROUP; null where there is no unified hierarchy.</param>
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
            catch (SysException e) when (own is not null && TakesNone(e.Errno) && !below.IsAsked)
            {
            }
        CgroupDirectory unified = UnifiedDirectory!;
        SysException? refused = null;
        for (int attempt = 0; attempt < EnterAttempts; attempt++)
        {
            string path = FindBelow(unified, ReadMembership(init))
                ?? throw new ContainerException($"cannot join the container's cgroup: its init has left {unified.Path}, which takes no process: {WhyItTakesNone()}");
            // Of a threaded cgroup the processes are in the domain above.
            for (; ; path = CgroupPath.Parent(path))
                try
                {
                    using Fd? place = path.Length == 0 ? Reopen(unified) : Sys.TryOpenAt2(unified.Open(), path, O_RDONLY | O_DIRECTORY, Inside, out _);
                    if (place is null)
                        break; // it has moved meanwhile
                    return clone(place);
                }
                catch (SysException e) when (TakesNone(e.Errno))
                {
                    refused = e;
                    if (e.Errno != EOPNOTSUPP || path.Length == 0)
                        break;
                }
        }
        throw ContainerException.From(refused ?? new SysException("openat2", unified.Path, ENOENT), WhyItTakesNone() is { } why ? $"cannot join the container's cgroup: {why}" : "cannot join the container's cgroup");
    }

    /// <summary>clone3(2): the errors of CLONE_INTO_CGROUP that are about the cgroup and not about the caller.</summary>
    internal static bool TakesNone(int errno) => errno is EBUSY or EOPNOTSUPP or ENODEV or ENOENT;

    /// <summary>cgroups(7), "no internal processes" and threads; null: it takes processes.</summary>
    internal string? WhyItTakesNone()
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
    /// The container's own directory is gone, so that nobody is in it: somebody who may has moved its processes. Who joins them goes to
    /// where the init is, and is confined as it is.
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

    /// <summary>Where below the directory it is: "" for the directory itself; null: elsewhere.</summary>
    /// <param name="membership">As /proc/PID/cgroup has it.</param>
    private static string? FindBelow(CgroupDirectory directory, string membership)
    {
        ReadOnlySpan<char> path = PathIn(membership, directory.Key);
        return directory.Name is { } name && Below(name, path) is { } below ? below
            // Not known, or known of another cgroup namespace.
            : NameNow(directory) is { } now ? Below(now, path) : null;
    }

    /// <summary>A prefix at the border of a component, from the hierarchy's root: a name that comes again further down is another cgroup.</summary>
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

    /// <summary><c>hierarchy-ID:controllers:path</c> (cgroups(7)); empty: no line of that hierarchy.</summary>
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
