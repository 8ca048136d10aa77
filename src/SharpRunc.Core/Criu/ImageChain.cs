using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// An image directory, and those of earlier pre-dumps: criu follows the link <c>parent</c> from one to the next. Archives can contain
/// subdirectories, so those are not taken for images because of their name.
/// </summary>
internal static class ImageChain
{
    public const string Parent = "parent";

    private const string Suffix = ".img";
    private const int Longest = 64;

    /// <summary>criu would block on a FIFO without a writer, and read whatever a link leads to.</summary>
    public static void Check(Fd images, string path)
    {
        foreach ((Fd directory, string place) in Open(images, path))
            using (directory)
                foreach (string name in ImagesIn(directory, place))
                    using (Fd file = Sys.OpenAt(directory, name, O_PATH | O_NOFOLLOW))
                        Check(Inode.Of(file, name), $"{place}/{name}");
    }

    private static void Check(Inode image, string path)
    {
        if (image.Type != S_IFREG)
            throw new ContainerException($"{path} is not a regular file")
            {
                Hint = "a checkpoint contains only regular files and the link parent",
            };
        ImageDirectory.RequireOurs(image, "the image", path); // for hard links, and for files extracted from an archive
    }

    /// <summary>Opens each directory of the chain, newest first, with its path; the caller disposes them.</summary>
    public static List<(Fd Directory, string Path)> Open(Fd images, string path)
    {
        List<(Fd, string)> chain = [];
        Fd? next = Sys.OpenAt(images, ".", O_RDONLY | O_DIRECTORY);
        for (; next is not null; next = Sys.TryOpenAt(next, Parent, O_RDONLY | O_DIRECTORY, out _))
        {
            string place = chain.Count == 0 ? path : ProcFs.TryPathOf(next) ?? Parent;
            ImageDirectory.RequireOurs(next, place);
            if (chain.Count == Longest)
                throw new ContainerException($"{path}: the link {Parent} leads through more than {Longest} directories: is it circular?");
            chain.Add((next, place));
        }
        return chain;
    }

    /// <summary>The names of the files that criu reads there.</summary>
    public static List<string> ImagesIn(Fd directory, string path)
        => Sys.ReadDirectory(directory, path).FindAll(static name => name.EndsWith(Suffix, StringComparison.Ordinal));
}
