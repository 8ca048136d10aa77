using System;
using System.Collections.Generic;
using System.Text.Json;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>Where a checkpoint lies.</summary>
internal sealed class ImageDirectory : IDisposable
{
    private const string Default = "checkpoint";
    private const string DescriptorsFile = "descriptors.json";
    private const uint PrivateMode = 0x1C0; // 0700: memory of the container is in it

    private readonly Fd images;

    private ImageDirectory(Fd images, string path, string work)
    {
        this.images = images;
        Path = path;
        Work = work;
    }

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>Where criu writes its log; absolute.</summary>
    public string Work { get; }

    public void Dispose() => images.Dispose();

    /// <summary>For checkpoint: made where missing, since a container can be written more than once.</summary>
    public static ImageDirectory Make(CriuFlags flags) => Open(flags, make: true);

    /// <summary>For restore: only the log's may be missing.</summary>
    public static ImageDirectory Open(CriuFlags flags) => Open(flags, make: false);

    /// <summary>--parent-path must be relative, so that the images can be moved together, and must lead to a directory.</summary>
    public void CheckParent(string path)
    {
        if (path.StartsWith('/'))
            throw new ContainerException("--parent-path must be relative");
        using Fd? parent = Sys.TryOpenAt(images, path, O_PATH | O_DIRECTORY, out int error);
        if (parent is null)
            throw ContainerException.From(new SysException("openat", path, -error), "invalid --parent-path");
    }

    /// <summary>What 0, 1 and 2 were when the container was created: restore puts its own pipes in the place of those.</summary>
    public void WriteDescriptors(string[] links)
    {
        JsonText json = new();
        json.StartArray();
        foreach (string link in links)
            json.Value(link);
        json.EndArray();
        using Fd file = Sys.OpenAt(images, DescriptorsFile, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0x180 /* 0600 */);
        Sys.Write(file, json.Written.Span, DescriptorsFile);
    }

    public string[] ReadDescriptors()
    {
        List<string> links = [];
        using Fd? file = Sys.TryOpenAt(images, DescriptorsFile, O_RDONLY | O_NOFOLLOW, out int error);
        if (file is null)
            throw ContainerException.From(new SysException("openat", DescriptorsFile, -error), "this is no checkpoint of a container");
        try
        {
            Utf8JsonReader reader = new(Sys.ReadAll(file, DescriptorsFile, limit: 64 * 1024));
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.String)
                    links.Add(reader.GetString()!);
        }
        catch (JsonException e)
        {
            throw new ContainerException($"{DescriptorsFile}: {e.Message}", e);
        }
        return [.. links];
    }

    /// <summary>
    /// In a new user namespace criu reads its images first as our root and then as the container's, from whom they hold no secret: they
    /// become readable for its group.
    /// </summary>
    public void ShowTo(uint gid)
    {
        const int longestChain = 64;
        Fd? directory = Sys.OpenAt(images, ".", O_RDONLY | O_DIRECTORY);
        for (int i = 0; i < longestChain && directory is not null; i++)
        {
            using Fd current = directory;
            foreach (string name in Sys.ReadDirectory(current, Path))
                using (Fd? file = Sys.TryOpenAt(current, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, out _))
                    if (file is not null)
                        ShowTo(gid, file, 0x1A0 /* 0640 */);
            ShowTo(gid, current, 0x1E8 /* 0750 */);
            directory = Sys.TryOpenAt(current, "parent", O_RDONLY | O_DIRECTORY, out _); // of an earlier pre-dump
        }
    }

    private void ShowTo(uint gid, Fd file, uint mode)
    {
        if (Inode.Of(file, Path) is { Type: S_IFREG or S_IFDIR } && Sys.TryFchown(file, uint.MaxValue, gid) >= 0)
            Sys.Fchmod(file, mode, Path);
    }

    private static ImageDirectory Open(CriuFlags flags, bool make)
    {
        string path = Paths.Absolute(string.IsNullOrEmpty(flags.ImagePath) ? Default : flags.ImagePath);
        if (make)
            MakeDirectories(path);
        Fd images = OpenDirectory(path);
        if (string.IsNullOrEmpty(flags.WorkPath))
            return new(images, path, path);
        string work = Paths.Absolute(flags.WorkPath);
        MakeDirectories(work);
        return new(images, path, work);
    }

    private static void MakeDirectories(string path)
    {
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
            Sys.TryMkdirAt(Fd.Cwd, path[..slash], PrivateMode);
        int error = Sys.TryMkdirAt(Fd.Cwd, path, PrivateMode);
        if (error is not (0 or -EEXIST))
            throw ContainerException.From(new SysException("mkdirat", path, -error), "cannot make the directory for the images");
    }

    private static Fd OpenDirectory(string path)
        => Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_DIRECTORY, out int error)
            ?? throw ContainerException.From(new SysException("open", path, -error), "cannot open the directory of the images");
}
