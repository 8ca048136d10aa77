using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class MountOptionTests
{
    /// <summary>Until then the options were said to be those of mount(8), and not which of them.</summary>
    private const string Since = "1.1.0";

    public static Section[] Sections =>
    [
        new("config.md#configLinuxMountOptions",
            Must("option.atime", "atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime set when a file's "
                + "access time is written.", box =>
            {
                Shows(box, "noatime", "noatime"); Shows(box, "relatime", "relatime"); Shows(box, "nodiratime", "nodiratime");
                Hides(box, "noatime", "strictatime"); Hides(box, "relatime", "strictatime");
                Hides(box, "noatime", "noatime", "atime"); Hides(box, "nodiratime", "nodiratime", "diratime");
                Takes(box, "norelatime"); Takes(box, "nostrictatime");
            }, Since),
            Must("option.bind", "bind mounts a directory elsewhere, rbind with all that is mounted below it.", box =>
            {
                string source = MountTests.Source(box, "tree"), below = Path.Combine(source, "below");
                Directory.CreateDirectory(below);
                Mounts.Tmpfs(below);
                File.WriteAllText(Path.Combine(below, "name"), "below");
                Answers answers = box.Run(b => b.Mount("/mnt", "none", source, "bind").Mount("/tmp", "none", source, "rbind"),
                    "read /mnt/name", "read /mnt/below/name", "read /tmp/below/name");
                Expect.Equal("tree", answers.Text(0), "a file of a bind mount");
                Expect.Equal(2, answers.Errno(1), "errno of a file of a mount below bind");
                Expect.Equal("below", answers.Text(2), "a file of a mount below rbind");
            }),
            Must("option.defaults", "defaults is known and changes nothing.", box => Takes(box, "defaults"), Since),
            Must("option.dev", "nodev makes device nodes unusable, dev usable.", box =>
            {
                string[] verbs = ["mknod /mnt/null 1 3", "open /mnt/null r"];
                Expect.Equal(13, box.Run(b => b.Mount("/mnt", "tmpfs", "tmpfs", "nodev"), verbs).Errno(1),
                    "errno of opening a device under nodev");
                Expect.Equal(0, box.Run(b => b.Mount("/mnt", "tmpfs", "tmpfs", "nodev", "dev"), verbs).Errno(1),
                    "errno of opening a device under dev");
            }, Since),
            Must("option.exec", "noexec forbids programs, exec allows them.", box =>
            {
                string source = MountTests.Source(box, "programs");
                Processes.Link(box.Host.Inside, Path.Combine(source, "inside"));
                Answers answers =
                    box.Run(b => b.Mount("/mnt", "none", source, "bind", "noexec").Mount("/tmp", "none", source, "bind", "exec"),
                    "exec /mnt/inside", "exec /tmp/inside");
                Expect.Equal(13, answers.Errno(0), "errno of running a program under noexec");
                Expect.Equal(0, answers.Errno(1), "errno of running a program under exec");
            }, Since),
            Must("option.suid", "nosuid ignores set-user-id bits, suid heeds them.", box =>
            {
                Shows(box, "nosuid", "nosuid");
                Hides(box, "nosuid", "nosuid", "suid");
            }, Since),
            Must("option.ro", "ro makes a mount read-only, rw writable.", box =>
            {
                string source = MountTests.Source(box, "files");
                Answers answers = box.Run(b => b.Mount("/mnt", "none", source, "bind", "ro").Mount("/tmp", "none", source, "bind", "rw")
                    .Mount("/etc", "tmpfs", "tmpfs", "ro"), "create /mnt/file", "create /tmp/file", "create /etc/file");
                Expect.Equal(30, answers.Errno(0), "errno of creating a file under bind and ro");
                Expect.Equal(0, answers.Errno(1), "errno of creating a file under bind and rw");
                Expect.Equal(30, answers.Errno(2), "errno of creating a file in a new file system under ro");
            }),
            Must("option.sync", "sync, dirsync make the file system write at once, async not.", box =>
            {
                Shows(box, "sync", "sync"); Shows(box, "dirsync", "dirsync");
                Hides(box, "sync", "sync", "async");
            }, Since),
            Must("option.superblock", "iversion noiversion lazytime nolazytime loud silent are given to the file system as flags.", box =>
            {
                Shows(box, "lazytime", "lazytime");
                Hides(box, "lazytime", "lazytime", "nolazytime");
                foreach (string option in new[] { "iversion", "noiversion", "loud", "silent" })
                    Takes(box, option);
            }, Since),
            Must("option.remount", "remount changes the options of what is mounted there.", box =>
                Expect.Equal(30, box.Run(b => b.Mount("/mnt", "tmpfs", "tmpfs", "rw").Mount("/mnt", "tmpfs", "tmpfs", "remount", "ro"),
                    "create /mnt/file").Errno(0),
                    "errno of creating a file after a remount with ro")),
            Must("option.propagation", "private shared slave unbindable and their r forms set the propagation of the mount.", Propagation,
                Since)),
    ];

    private static void Propagation(Box box)
    {
        string source = MountTests.Source(box, "shared");
        Mounts.Share(source);
        string wrong = "";
        foreach ((string option, string tag) in new[] { ("shared", "shared:"), ("slave", "master:"), ("unbindable", "unbindable"),
            ("private", "") })
            foreach (string form in new[] { option, "r" + option })
            {
                string tags = Line(box.Facts(b => b.Mount("/mnt", "none", source, "rbind", form)), "/mnt").Tags;
                if (tag.Length == 0 ? tags.Length > 0 : !tags.Contains(tag, StringComparison.Ordinal))
                    wrong += $"{form}: mountinfo has \"{tags}\"\n";
            }
        Expect.That(wrong.Length == 0, wrong.Trim());
    }

    private static void Takes(Box box, params string[] options) => Show(box, options);

    private static void Shows(Box box, string shown, params string[] options)
    {
        string all = Show(box, options);
        Expect.That(Array.IndexOf(all.Split(','), shown) >= 0, $"{string.Join(',', options)}: mountinfo has {all}");
    }

    /// <summary>mount(8): of options that conflict the last one wins.</summary>
    private static void Hides(Box box, string hidden, params string[] options)
    {
        string all = Show(box, options);
        Expect.That(Array.IndexOf(all.Split(','), hidden) < 0, $"{string.Join(',', options)}: mountinfo has {all}");
    }

    /// <summary>The options that the kernel shows of a tmpfs, those of its superblock too.</summary>
    private static string Show(Box box, string[] options)
    {
        Container container = box.TryCreate(box.NewBundle(b => b.Mount("/mnt", "tmpfs", "tmpfs", options), "facts"));
        container.Created.Expect($"create with {string.Join(',', options)}");
        container.Start();
        container.WaitForEnd();
        return Line(container.Answers()[0], "/mnt").Options;
    }

    /// <summary>Of the last mount at that place.</summary>
    internal static (string Options, string Tags) Line(JsonObject facts, string point)
    {
        JsonArray mounts = (JsonArray)facts["mounts"]!;
        for (int i = mounts.Count - 1; i >= 0; i--)
        {
            string[] halves = ((string)mounts[i]!).Split(" - "), before = halves[0].Split(' ');
            if (before[4] == point)
                return (before[5] + "," + halves[1].Split(' ')[^1], string.Join(' ', before[6..]));
        }
        throw new Failed($"{point} is not mounted");
    }
}
