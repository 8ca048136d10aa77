using System;
using System.Collections.Generic;
using SharpRunc.Core.Init;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// In a new user namespace criu reads its images as the container's root, from which they hold no secrets. Nothing changes on disk: criu
/// gets a private directory in its mount namespace with an id-mapped mount of each image, in which root's files belong to the container's
/// root.
/// </summary>
internal sealed class MappedImages : IDisposable
{
    private readonly Fd mapping;
    private readonly List<(Fd Directory, string Path)> chain;

    private MappedImages(Fd mapping, List<(Fd Directory, string Path)> chain)
    {
        this.mapping = mapping;
        this.chain = chain;
    }

    public void Dispose()
    {
        mapping.Dispose();
        foreach ((Fd directory, _) in chain)
            directory.Dispose();
    }

    /// <summary>Returns null if that is impossible; the images have been made readable for the container's group instead.</summary>
    public static MappedImages? TryMap(Fd images, string path, uint uid, uint gid)
    {
        if (uid == 0)
            return null;
        List<(Fd Directory, string Path)> chain = ImageChain.Open(images, path);
        if (TryOpenMapping(uid, gid) is { } mapping)
        {
            MappedImages mapped = new(mapping, chain);
            if (chain.TrueForAll(one => mapped.CanMap(one.Directory)))
                return mapped;
            mapping.Dispose();
        }
        AllowGroup(gid, chain);
        foreach ((Fd directory, _) in chain)
            directory.Dispose();
        return null;
    }

    /// <summary>Runs in criu's mount namespace: mounts over the image directory.</summary>
    /// <returns>The directory for criu.</returns>
    public Fd Attach()
    {
        // Opened in this namespace, before they are covered.
        List<Fd> sources = chain.ConvertAll(static one => ImageDirectory.OpenAgain(one.Directory, one.Path));
        using (Tree copy = Tree.Create("tmpfs", "tmpfs", ["mode=755"], 0))
            copy.AttachTo(sources[0]);
        Fd crius = Sys.OpenAt(Fd.Cwd, chain[0].Path, O_RDONLY | O_DIRECTORY), into = crius;
        for (int i = 0; i < sources.Count; i++)
        {
            if (i > 0)
            {
                Sys.MkdirAt(into, ImageChain.Parent, Modes.O755);
                into = Sys.OpenAt(into, ImageChain.Parent, O_RDONLY | O_DIRECTORY);
            }
            foreach (string name in ImageChain.ImagesIn(sources[i], chain[i].Path))
                Attach(sources[i], name, into);
        }
        return crius;
    }

    private void Attach(Fd from, string name, Fd into)
    {
        using Tree image = Tree.Clone(from, name, recursive: false);
        // timens- images are not mapped: criu reads them as the host's root, before the new namespace has its maps.
        if (!name.StartsWith("timens-", StringComparison.Ordinal))
            image.TryMapIds(mapping, recursive: false).ThrowIfFailed();
        using Fd place = Sys.OpenAt(into, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0);
        image.AttachTo(place);
    }

    private bool CanMap(Fd directory)
    {
        using Tree tree = Tree.Clone(directory, "", recursive: false);
        return !tree.TryMapIds(mapping, recursive: false).Failed;
    }

    /// <summary>A mapping that swaps root with this user; null if the runtime may not map all ids (it is in a user namespace).</summary>
    private static Fd? TryOpenMapping(uint uid, uint gid)
    {
        Mount exchanged = new() { UidMappings = Exchange(uid), GidMappings = Exchange(gid) };
        try
        {
            using ProcFs proc = ProcFs.Open();
            return MountMappings.Open([exchanged], proc)[0];
        }
        catch (ContainerException e) when (e.Errno is EPERM or ENOSPC)
        {
            return null;
        }
    }

    private static IdMapping[] Exchange(uint id)
    {
        if (id == 0)
            return [new(0, 0, uint.MaxValue)];
        List<IdMapping> mappings = [new(0, id, 1), new(id, 0, 1), new(id + 1, id + 1, uint.MaxValue - id - 1)];
        if (id > 1)
            mappings.Add(new(1, 1, id - 1));
        return [.. mappings];
    }

    /// <summary>
    /// Affects only images that exist in this directory alone: neither a file with a second name elsewhere, nor the target of a link.
    /// </summary>
    private static void AllowGroup(uint gid, List<(Fd Directory, string Path)> chain)
    {
        if (chain.Count > 1)
            throw new ContainerException(
                ErrorCode.CheckpointDirectory, $"{chain[0].Path}: images of an earlier pre-dump cannot be mapped for a user namespace here")
            {
                Hint = "keep them on a file system that this kernel can id-map",
            };
        (Fd directory, string path) = chain[0];
        foreach (string name in ImageChain.ImagesIn(directory, path))
            using (Fd? file = Sys.TryOpenAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, out _))
                if (file is not null && Inode.Of(file, name) is { Type: S_IFREG, Links: 1, Uid: 0 })
                    AllowGroup(gid, file, Modes.O640, name);
        AllowGroup(gid, directory, Modes.O750, path);
    }

    private static void AllowGroup(uint gid, Fd file, uint mode, string subject)
    {
        if (!Sys.TryFchown(file, uint.MaxValue, gid, subject).Failed)
            Sys.Fchmod(file, mode, subject);
    }
}
