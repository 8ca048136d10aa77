using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>
/// A user without privileges who exists for the test's commands alone: each runs in a mount namespace of its own, where files in
/// /etc are covered by others that know him. On the host nothing is changed.
/// </summary>
internal sealed class OrdinaryUser(string prepare = "")
{
    /// <summary>Granted to him by /etc/subuid and /etc/subgid: 65536 from here.</summary>
    public const int FirstSubordinate = 200000;

    private const string Name = "sharprunc-test";

    private string? directory;

    /// <summary>Uid and gid.</summary>
    public int Id => 54321;

    /// <summary>The directory and what is in it becomes his; those above let him through.</summary>
    public void Own(string path)
    {
        directory ??= path;
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        Chown(path);
        foreach (string entry in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories))
            Chown(entry);
    }

    /// <summary>In a new user namespace his own id is root, and there is no other.</summary>
    public Bundle MapInto(Bundle bundle)
    {
        Own(bundle.Path);
        bundle.InNamespace("user");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = Id, ["size"] = 1 });
        bundle.Mounts[2]!["options"] = new JsonArray("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"); // gid 5 is not mapped
        return bundle;
    }

    /// <summary>Beside his own id, which is root's, those that /etc/subuid grants him are 1…65536.</summary>
    public Bundle MapSubordinatesInto(Bundle bundle)
    {
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[name] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = Id, ["size"] = 1 },
                new JsonObject { ["containerID"] = 1, ["hostID"] = FirstSubordinate, ["size"] = 65536 });
        return bundle;
    }

    public string[] Command(IReadOnlyList<string> command)
    {
        if (!File.Exists(Etc("passwd")))
        {
            File.WriteAllText(Etc("passwd"), File.ReadAllText("/etc/passwd") + $"{Name}:x:{Id}:{Id}::/:/bin/sh\n");
            File.WriteAllText(Etc("group"), File.ReadAllText("/etc/group") + $"{Name}:x:{Id}:\n");
            File.WriteAllText(Etc("subuid"), $"{Name}:{FirstSubordinate}:65536\n");
            File.WriteAllText(Etc("subgid"), $"{Name}:{FirstSubordinate}:65536\n");
        }
        return ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", Script, "sh", directory!, .. command];
    }

    /// <summary>Skips the test where the programs that map ranges of ids are missing.</summary>
    public static void RequireMappingPrograms()
    {
        if (!File.Exists("/usr/bin/newuidmap") || !File.Exists("/usr/bin/newgidmap"))
            Assert.Ignore("newuidmap and newgidmap are not installed (package uidmap)");
    }

    private string Script => $"""
        for f in passwd group subuid subgid; do
          [ -e /etc/$f ] || [ -L /etc/$f ] || continue
          mount --bind "$1/etc.$f" /etc/$f
        done
        {prepare}
        shift
        exec setpriv --reuid {Id} --regid {Id} --clear-groups -- "$@"
        """;

    private string Etc(string name) => Path.Combine(directory!, "etc." + name);

    private void Chown(string path) => Assert.That(lchown(path, Id, Id), Is.Zero, path);

    [DllImport("libc")]
    private static extern int lchown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int uid, int gid);
}
