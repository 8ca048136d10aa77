using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class MountTests
{
    public static Section[] Sections =>
    [
        new("config.md#configMounts",
            Must("mounts.order", "Mounts are made in the order of the list: a later one covers an earlier one.", box =>
            {
                string first = Source(box, "first"), second = Source(box, "second");
                Answers answers = box.Run(b => b.Mount("/mnt", "bind", first, "bind").Mount("/mnt", "bind", second, "bind")
                    .Mount("/tmp", "tmpfs", "tmpfs").Mount("/tmp/below", "bind", first, "bind"), "read /mnt/name", "read /tmp/below/name");
                Expect.Equal("second", answers.Text(0), "what is seen of two mounts at one place");
                Expect.Equal("first", answers.Text(1), "what is seen of a mount below another");
            }),
            Lacks("mounts.destination", "A mount without destination is refused.", "mounts.4.destination",
                b => b.Mount("/mnt", "tmpfs", "tmpfs")),
            Must("mounts.destination-relative", "A relative destination is taken below /.", box =>
                Expect.Equal("named", box.Run(b => b.Mount("mnt", "bind", Source(box, "named"), "bind"), "read /mnt/name").Text(0),
                    "what is mounted"), "1.2.0")),
        new("config.md#configPOSIXMounts",
            Must("mounts.gid-with-uid", "uidMappings of a mount without gidMappings is refused.", box =>
            {
                SkipWithoutIdMaps(box);
                box.Refuses(b => IdMap(box, b).Remove("gidMappings"), b => IdMap(box, b));
            }, "1.1.0"),
            Must("mounts.uid-with-gid", "gidMappings of a mount without uidMappings is refused.", box =>
            {
                SkipWithoutIdMaps(box);
                box.Refuses(b => IdMap(box, b).Remove("uidMappings"), b => IdMap(box, b));
            }, "1.1.0")),
        new("config.md#configLinuxMountOptions",
            Must("option.idmap", "idmap: the mount shows its files' owners through an id mapping.", box =>
            {
                Answers answers = Mapped(box, b => IdMap(box, b), "stat /mnt/name");
                Expect.Equal(1234, (int)answers[0]["uid"]!, "owner of a file of root");
                Expect.Equal(4321, (int)answers[0]["gid"]!, "group of a file of root");
            }, "1.2.0"),
            Must("option.idmap-own", "Mappings that stand with the mount are the ones used.", box =>
            {
                Answers answers = Mapped(box, b => IdMap(box, b.MapUsers(), 100077, 100078), "stat /mnt/name");
                Expect.Equal(77, (int)answers[0]["uid"]!, "owner of a file of root, in a user namespace");
            }, "1.2.0"),
            Must("option.idmap-none", "Without mappings there and without a user namespace, idmap and ridmap are refused.", box =>
            {
                SkipWithoutIdMaps(box);
                foreach (string option in new[] { "idmap", "ridmap" })
                    box.Refuses(b => b.Mount("/mnt", "bind", Source(box, "mapped"), "rbind", option),
                        b => b.Mount("/mnt", "bind", Source(box, "mapped"), "rbind"));
            }, "1.2.0"),
            Must("option.ridmap", "ridmap: so do the mounts below it.", box =>
            {
                string source = Source(box, "tree");
                Directory.CreateDirectory(Path.Combine(source, "below"));
                Mounts.Tmpfs(Path.Combine(source, "below"));
                Answers answers = Mapped(box, b => IdMap(box, b, source: source, bind: "rbind", option: "ridmap"), "stat /mnt/name",
                    "stat /mnt/below");
                Expect.Equal(1234, (int)answers[0]["uid"]!, "owner of a file of root");
                Expect.Equal(1234, (int)answers[1]["uid"]!, "owner of a mount below");
            }, "1.2.0")),
    ];

    /// <summary>A directory with a file that says its name.</summary>
    internal static string Source(Box box, string name)
    {
        string path = Path.Combine(box.Work, name);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "name"), name);
        return path;
    }

    /// <summary>
    /// The options are a SHOULD: who does not know them may refuse them, but not take the mappings and do nothing (runtime.md#create).
    /// </summary>
    private static Answers Mapped(Box box, Action<Bundle> change, params string[] verbs)
    {
        Container container = box.TryCreate(box.NewBundle(change, verbs));
        Expect.Skip(!container.Created.Succeeded, $"id-mapped mounts are refused here: {container.Created.Said}");
        container.Start();
        container.WaitForEnd();
        return container.Answers();
    }

    private static void SkipWithoutIdMaps(Box box) => Expect.Skip(!HasIdMaps(box), "id-mapped mounts are a SHOULD, and not implemented");

    internal static bool HasIdMaps(Box box) => (int?)Mapped(box, b => IdMap(box, b), "stat /mnt/name")[0]["uid"] == 1234;

    private static JsonObject IdMap(Box box, Bundle bundle, int uid = 1234, int gid = 4321, string? source = null, string bind = "bind",
        string option = "idmap")
    {
        bundle.Mount("/mnt", "bind", source ?? Source(box, "mapped"), bind, option);
        JsonObject mount = (JsonObject)bundle.Mounts[^1]!;
        mount["uidMappings"] = Bundle.Mapping(0, uid, 1);
        mount["gidMappings"] = Bundle.Mapping(0, gid, 1);
        return mount;
    }
}
