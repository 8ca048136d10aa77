using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A bundle whose set-up looks at many names of the image, and for each of them what an attacker may put in its place while it does.
/// Only the image changes; <see cref="Restore"/> makes it anew.
/// </summary>
internal sealed class Prey
{
    /// <summary>
    /// The names, as the attacker finds them below the root; what he may put there leads to a directory or to a file of the host.
    /// </summary>
    public static readonly (string Name, string Place, Lure Lure)[] Targets =
    [
        ("a directory to mount on", "vol/x", Lure.Directory),
        ("the mount point itself", "vol/leaf/sub", Lure.Directory),
        ("a file to bind on", "vol/y", Lure.Directory),
        ("the file itself", "vol/file/hosts", Lure.File),
        ("a mount that the next one's source lies below", "vol/c", Lure.Chain),
        ("tmpcopyup", "vol/t", Lure.Directory),
        ("a directory copied up", "vol/t/copy/inner", Lure.Directory),
        ("a file copied up", "vol/t/copy/file", Lure.File),
        ("cgroup", "vol/g", Lure.Directory),
        ("a masked file", "vol/m", Lure.Directory),
        ("a masked directory", "vol/n/sub", Lure.Directory),
        ("a read-only path", "vol/r", Lure.Directory),
        ("a device's directory", "vol/d", Lure.Directory),
        ("a device", "vol/e/node", Lure.File),
        ("/dev", "dev", Lure.Directory),
        ("/proc", "proc", Lure.Directory),
        ("/sys", "sys", Lure.Directory),
        ("the working directory", "vol/w/cwd", Lure.Directory),
        ("/etc/passwd", "etc/passwd", Lure.File),
    ];

    private readonly Sentinel sentinel;
    private readonly string host;

    /// <param name="host">A directory of the host's that the bundle's sources are in.</param>
    public Prey(Runtime runtime, Sentinel sentinel, string host)
    {
        this.sentinel = sentinel;
        this.host = host;
        Directory.CreateDirectory(Path.Combine(host, "volume"));
        Directory.CreateDirectory(Path.Combine(host, "source/m/data"));
        File.WriteAllText(Path.Combine(host, "source/m/data/right"), "right\n");
        // CVE-2021-30465: mounted over source/m, this would make the next mount's source the sentinel.
        File.CreateSymbolicLink(Path.Combine(host, "volume/data"), sentinel.Path);
        Bundle = runtime.NewBundle("true");
        Bundle.WithMount("/vol/x/sub", "tmpfs", "tmpfs").WithMount("/vol/leaf/sub", "bind", Bundle.Sources, "rbind", "ro")
            .WithMount("/vol/y/deep/file", "bind", Source("hosts"), "bind")
            .WithMount("/vol/file/hosts", "bind", Source("hosts"), "bind", "ro")
            .WithMount("/vol/c/m", "bind", Path.Combine(host, "volume"), "rbind")
            .WithMount("/chain", "bind", Path.Combine(host, "source/m/data"), "bind")
            .WithMount("/vol/t/copy", "tmpfs", "tmpfs", "tmpcopyup")
            .WithMount("/vol/g/cgroup", "cgroup", "cgroup", "ro").WithCwd("/vol/w/cwd/made");
        Add("maskedPaths", "/vol/m/file", "/vol/m/sub", "/vol/n/sub");
        Add("readonlyPaths", "/vol/r/sub");
        Bundle.Linux["devices"] = new JsonArray(Node("/vol/d/node"), Node("/vol/e/node"));
        Bundle.Write();
        Restore();
    }

    public Bundle Bundle { get; }

    /// <summary>The image as it was, and the lures beside it.</summary>
    public void Restore()
    {
        foreach (string entry in Directory.GetFileSystemEntries(Bundle.Rootfs))
            if (Path.GetFileName(entry) != "bin")
                Remove(entry);
        foreach (string directory in new[]
        {
            "dev", "proc", "sys", "etc", "tmp", "vol/x", "vol/leaf/sub", "vol/y", "vol/file", "vol/c", "vol/t/copy/inner", "vol/g",
                "vol/m/sub", "vol/n/sub", "vol/r/sub", "vol/d", "vol/e", "vol/w/cwd", ".lures",
        })
            Directory.CreateDirectory(At(directory));
        foreach (string file in new[] { "etc/passwd", "vol/file/hosts", "vol/t/copy/file", "vol/t/copy/inner/file", "vol/m/file" })
            File.WriteAllText(At(file), "root:x:0:0:root:/root:/bin/sh\n");
    }

    /// <summary>The moves against some of the targets, in a file for the probe.</summary>
    public string Moves(string file, Trick trick, params (string Name, string Place, Lure Lure)[] targets)
    {
        List<string> lines = [];
        foreach ((_, string place, Lure lure) in targets)
        {
            string path = At(place), aside = At($".lures/{place.Replace('/', '_')}");
            lines.Add(trick == Trick.Remove ? path : $"{path}\t{aside}");
            switch (trick)
            {
                case Trick.Link:
                    File.CreateSymbolicLink(aside, Goal(lure));
                    break;
                case Trick.RelativeLink:
                    File.CreateSymbolicLink(aside, string.Concat(System.Linq.Enumerable.Repeat("../", 20)) + Goal(lure)[1..]);
                    break;
                case Trick.Fifo:
                    Sys.TryMknodAt(Fd.Cwd, aside, S_IFIFO, 0);
                    break;
            }
        }
        // The inner ones first: what they are in is moved too.
        lines.Sort((a, b) => b.Length - a.Length);
        File.WriteAllLines(file, lines);
        return file;
    }

    private string Goal(Lure lure)
        => lure switch { Lure.File => sentinel["secret"], Lure.Chain => Path.Combine(host, "source"), _ => sentinel.Path };

    private string At(string name) => Path.Combine(Bundle.Rootfs, name);

    private string Source(string name) => Path.Combine(Bundle.Sources, name);

    private void Add(string list, params string[] paths)
    {
        foreach (string path in paths)
            ((JsonArray)Bundle.Linux[list]!).Add((JsonNode)path);
    }

    private static JsonObject Node(string path) => new() { ["path"] = path, ["type"] = "c", ["major"] = 1, ["minor"] = 3 };

    private static void Remove(string path)
    {
        if (File.ResolveLinkTarget(path, false) is null && Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        else
            File.Delete(path);
    }
}

/// <summary>What a lure of the attacker's leads to.</summary>
internal enum Lure
{
    Directory,
    File,
    /// <summary>Where the next mount's source is.</summary>
    Chain,
}

/// <summary>What the attacker does with a name: exchanges it for a link or a FIFO, moves it out of the way, removes it for good.</summary>
internal enum Trick
{
    Link,
    RelativeLink,
    Fifo,
    Move,
    Remove,
}
