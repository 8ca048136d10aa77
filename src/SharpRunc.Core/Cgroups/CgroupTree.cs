using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A cgroup and everything below it. The container decides how deep and how wide the tree is and what the names are, so the walk holds two
/// descriptors at a time, looks up one name per step, returns through "..", and does not recurse. The kernel never moves a cgroup to
/// another parent, so ".." always leads back to where the walk came from.
/// </summary>
internal sealed class CgroupTree : IDisposable
{
    private readonly Fd top;
    private readonly string path;
    private readonly Stack<NativeNames> unseen = []; // one per level
    private readonly List<string> names = [];        // of the levels below the top
    private Fd current;

    private CgroupTree(Fd top, string path) => (this.top, this.path, current) = (top, path, top);

    /// <summary>Visits each cgroup, parents first. One that is removed meanwhile is skipped.</summary>
    /// <param name="top">Owned by the caller.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="SysException">An existing cgroup cannot be opened; the caller must not take it for empty.</exception>
    public static void ForEach(Fd top, string path, Action<Fd> visit)
    {
        using CgroupTree tree = new(top, path);
        tree.Walk(static (_, _) => true, visit, static (_, _) => { });
    }

    /// <summary>Removes everything below, deepest first, as far as possible.</summary>
    /// <returns>The last refusal.</returns>
    public static SysError RemoveBelow(Fd top, string path)
    {
        SysError refused = default;
        using CgroupTree tree = new(top, path);
        tree.Walk((parent, name) => Remove(parent, name).Failed, static _ => { }, (parent, name) =>
        {
            SysError error = Remove(parent, name);
            if (error.Failed)
                refused = error;
        });
        return refused;

        static SysError Remove(Fd parent, string name)
        {
            SysError error = Sys.TryUnlinkAt(parent, name, AT_REMOVEDIR);
            return error.Errno == ENOENT ? default : error;
        }
    }

    /// <summary>
    /// Whether there is a cgroup below. That costs one call, because a directory's link count includes its subdirectories.
    /// </summary>
    public static bool HasBelow(Fd cgroup) => Sys.Statx(cgroup, "", "cgroup").stx_nlink > 2;

    public void Dispose()
    {
        Enter(top);
        foreach (NativeNames level in unseen)
            level.Dispose();
    }

    /// <param name="wants">Receives the parent and the name, before the cgroup is opened.</param>
    /// <param name="enter">Receives the cgroup, the top first.</param>
    /// <param name="leave">Receives the parent and the name, once everything below has been visited.</param>
    private void Walk(Func<Fd, string, bool> wants, Action<Fd> enter, Action<Fd, string> leave)
    {
        enter(top);
        PushSubdirectories();
        while (true)
        {
            NativeNames here = unseen.Peek();
            if (!here.IsEmpty)
            {
                string name = here.Pop();
                if (wants(current, name) && TryDescend(name))
                {
                    enter(current);
                    PushSubdirectories();
                }
            }
            else if (names.Count == 0)
                return;
            else
            {
                string name = names[^1];
                Ascend();
                unseen.Pop().Dispose();
                leave(current, name);
            }
        }
    }

    private bool TryDescend(string name)
    {
        Fd? below = Sys.TryOpenAt(current, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out SysError error);
        if (error.Errno is ENOENT or ENODEV)
            return false;
        if (below is null)
            throw error.On($"{path}/…/{name}").ToException();
        Enter(below);
        names.Add(name);
        return true;
    }

    private void Ascend()
    {
        names.RemoveAt(names.Count - 1);
        // A directory that was removed still has its "..".
        Enter(names.Count == 0 ? top : Sys.OpenAt(current, "..", O_RDONLY | O_DIRECTORY));
    }

    private void Enter(Fd next)
    {
        if (!ReferenceEquals(current, top))
            current.Dispose();
        current = next;
    }

    private void PushSubdirectories()
    {
        NativeNames found = new();
        unseen.Push(found);
        try
        {
            // A separate descriptor, because the read position belongs to the open file description.
            using Fd listing = Sys.OpenAt(current, ".", O_RDONLY | O_DIRECTORY);
            Sys.ReadSubdirectories(listing, found, path);
        }
        catch (SysException e) when (e.Errno is ENOENT or ENODEV)
        {
            // removed meanwhile
        }
    }
}
