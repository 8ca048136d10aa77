using System;
using System.Collections.Generic;
using System.Text.Json;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The directory of a checkpoint.</summary>
internal sealed class ImageDirectory : IDisposable
{
    private const string Default = "checkpoint";
    private const string DescriptorsFile = "descriptors.json";
    private const uint GroupWrite = 0x10, OthersWrite = 0x2, Sticky = 0x200;

    private readonly Fd images;
    private readonly Fd log;
    private readonly MadeDirectories made;
    private MappedImages? mapped;

    private ImageDirectory(Fd images, string path, Fd log, string work, MadeDirectories made)
    {
        this.made = made;
        this.images = images;
        this.log = log;
        Path = path;
        Work = work;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>Where criu writes its log; absolute.</summary>
    public string Work { get; }

    public void Dispose()
    {
        mapped?.Dispose();
        images.Dispose();
        log.Dispose();
        made.Dispose();
    }

    /// <summary>For checkpoint: created if missing, because a container can be checkpointed more than once.</summary>
    public static ImageDirectory Make(CriuFlags flags) => Open(flags, make: true);

    /// <summary>For restore: only the log directory may be missing, and everything that criu will read must be a regular file.</summary>
    public static ImageDirectory Open(CriuFlags flags)
    {
        ImageDirectory opened = Open(flags, make: false);
        ImageChain.Check(opened.images, opened.Path);
        return opened;
    }

    /// <summary>For a restore into a new user namespace, whose root is <paramref name="uid"/> and <paramref name="gid"/> here.</summary>
    public void MapTo(uint uid, uint gid) => mapped = MappedImages.TryMap(images, Path, uid, gid);

    /// <summary>Runs in the process that becomes criu: opens the directory in its mount namespace.</summary>
    public Fd OpenImages() => mapped?.Attach() ?? OpenAgain(images, Path);

    /// <summary>The same for the directory of the log.</summary>
    public Fd OpenWork() => OpenAgain(log, Work);

    /// <summary>--parent-path must be relative, so that the images can be moved together, and must lead to a directory.</summary>
    public void CheckParent(string path)
    {
        if (path.StartsWith('/'))
            throw new ContainerException(ErrorCode.UsageValue, "--parent-path must be relative");
        using Fd? parent = Sys.TryOpenAt(images, path, O_PATH | O_DIRECTORY, out SysError error);
        if (parent is null)
            throw ContainerException.From(ErrorCode.UsageValue, error, "invalid --parent-path");
        RequireOurs(parent, path);
    }

    /// <summary>criu follows links, and runs as root: a user with write access here could make it write or read anywhere.</summary>
    public static void RequireOurs(Fd directory, string path)
    {
        using (Fd above = Sys.OpenAt(directory, "..", O_PATH | O_DIRECTORY))
        {
            Inode parent = Inode.Of(above, path);
            if ((parent.Mode & Sticky) == 0 && IsShared(above, parent))
                throw NotOurs("the directory", path, "is in a directory that others can write to, so it could be replaced");
            if (parent.Uid != 0)
                throw NotOurs("the directory", path, $"is in a directory that belongs to uid {parent.Uid}, so it could be replaced");
        }
        RequireOurs(directory, Inode.Of(directory, path), "the directory", path);
    }

    public static void RequireOurs(Fd file, Inode inode, string name, string path)
    {
        if (inode.Uid != 0)
            throw NotOurs(name, path, $"belongs to uid {inode.Uid}");
        if (IsShared(file, inode))
            throw NotOurs(name, path, "can be written to by others");
    }

    private static bool IsShared(Fd file, Inode inode)
        => (inode.Mode & OthersWrite) != 0 || (inode.Mode & GroupWrite) != 0 && (inode.Gid != 0 || AccessList.LetsOthersWrite(file));

    private static ContainerException NotOurs(string name, string path, string why)
        => new(ErrorCode.CheckpointDamaged, $"{name} {path} {why}")
        {
            Errno = EPERM,
            Hint = "checkpoints are kept where only root can write: chown root, chmod go-w",
        };

    /// <summary>What 0, 1 and 2 were when the container was created: restore replaces those pipes with its own.</summary>
    public void WriteDescriptors(string[] links)
    {
        JsonText json = new();
        json.StartArray();
        foreach (string link in links)
            json.Value(link);
        json.EndArray();
        Sys.TryUnlinkAt(images, DescriptorsFile); // of an earlier checkpoint; the target of a link is left alone
        using Fd file = Sys.OpenAt(images, DescriptorsFile, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Modes.O600);
        Sys.Write(file, json.Written.Span, DescriptorsFile);
    }

    public string[] ReadDescriptors()
    {
        List<string> links = [];
        using Fd? file = Sys.TryOpenAt(images, DescriptorsFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, out SysError error);
        if (file is null)
            throw ContainerException.From(ErrorCode.CheckpointDamaged, error, "this is not a container checkpoint");
        if (Inode.Of(file, DescriptorsFile).Type != S_IFREG)
            throw new ContainerException(
                ErrorCode.CheckpointDamaged, $"this is not a container checkpoint: {DescriptorsFile} is not a regular file");
        try
        {
            Utf8JsonReader reader = new(Sys.ReadAll(file, DescriptorsFile, limit: 64 * 1024));
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.String)
                    links.Add(reader.GetString()!);
        }
        catch (JsonException e)
        {
            throw new ContainerException(ErrorCode.CheckpointDamaged, $"{DescriptorsFile}: {e.Message}", e);
        }
        return [.. links];
    }

    private static ImageDirectory Open(CriuFlags flags, bool make)
    {
        string path = LexicalPath.Absolute(string.IsNullOrEmpty(flags.ImagePath) ? Default : flags.ImagePath);
        string work = string.IsNullOrEmpty(flags.WorkPath) ? path : LexicalPath.Absolute(flags.WorkPath);
        MadeDirectories made = new();
        try
        {
            Fd images = OpenTrusted(path, "the image directory", make ? made : null);
            Fd log = OpenTrusted(work, "the log directory", work != path ? made : null);
            return new(images, path, log, work, made);
        }
        catch
        {
            made.Remove();
            made.Dispose();
            throw;
        }
    }

    /// <summary>Nothing was written: removes the directories created for it, except those that have come into use since.</summary>
    public void RemoveIfEmpty() => made.Remove();

    /// <summary>A path may lead elsewhere meanwhile; criu must get the directory that was checked.</summary>
    public static Fd OpenAgain(Fd known, string path)
    {
        Fd again = OpenDirectory(path);
        Inode before = Inode.Of(known, path), now = Inode.Of(again, path);
        if (now.Number != before.Number || now.Device != before.Device)
            throw new ContainerException(ErrorCode.CheckpointDirectory, $"the directory {path} was replaced in the meantime");
        return again;
    }

    /// <param name="made">null: it must exist.</param>
    private static Fd OpenTrusted(string path, string name, MadeDirectories? made)
    {
        Fd opened = TrustedPath.TryOpen(path, name, O_RDONLY, out SysError error, made)
            ?? throw ContainerException.From(
                ErrorCode.CheckpointDirectory, error, $"cannot {(made is null ? "open" : "create")} the image directory");
        RequireOurs(opened, path);
        return opened;
    }

    private static Fd OpenDirectory(string path)
    {
        Fd opened = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_DIRECTORY, out SysError error)
            ?? throw ContainerException.From(ErrorCode.CheckpointDirectory, error, "cannot open the image directory");
        RequireOurs(opened, path);
        return opened;
    }
}

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
                        Check(file, Inode.Of(file, name), $"{place}/{name}");
    }

    private static void Check(Fd file, Inode image, string path)
    {
        if (image.Type != S_IFREG)
            throw new ContainerException(ErrorCode.CheckpointDamaged, $"{path} is not a regular file")
            {
                Hint = "a checkpoint contains only regular files and the link parent",
            };
        ImageDirectory.RequireOurs(file, image, "the image", path); // for hard links, and for files extracted from an archive
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
                throw new ContainerException(
                    ErrorCode.CheckpointDamaged,
                    $"{path}: the link {Parent} leads through more than {Longest} directories: is it circular?");
            chain.Add((next, place));
        }
        return chain;
    }

    /// <summary>The names of the files that criu reads there.</summary>
    public static List<string> ImagesIn(Fd directory, string path)
        => Sys.ReadDirectory(directory, path).FindAll(static name => name.EndsWith(Suffix, StringComparison.Ordinal));
}
