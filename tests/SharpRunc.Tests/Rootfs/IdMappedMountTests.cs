using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>config.md#mounts: uidMappings, gidMappings, idmap and ridmap, as owners are seen on both sides.</summary>
internal sealed class IdMappedMountTests
{
    private const string Source = "sources/mapped";
    private const string Owners = "stat -c '%n %u:%g' /mnt/*";

    [TestCase("bind", "idmap")]
    [TestCase("rbind", "ridmap")]
    [TestCase("bind", null), Must("option.idmap-own"), Must("option.idmap")]
    public void The_runtime_MUST_use_those_values_for_the_mounts_mapping(string bind, string? option)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle().Says(Owners), "0 0 1; 7 1007 1", "0 0 1; 8 2008 1",
            option is null ? [bind] : [bind, option]);
        File(bundle, "mine", 0, 0);
        File(bundle, "theirs", 7, 8);
        File(bundle, "unmapped", 9, 9);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output,
            Is.EqualTo("/mnt/mine 0:0\n/mnt/theirs 1007:2008\n/mnt/unmapped 65534:65534\n"));
    }

    [Test]
    public void What_the_container_makes_lands_with_the_ids_of_the_source()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle().Says("touch /mnt/new && chown 1007:2008 /mnt/theirs && " + Owners), "3 0 1; 7 1007 1",
            "4 0 1; 8 2008 1", ["bind", "idmap"]);
        MountTests.Mount("chown", "3:4", Path.Combine(bundle.Sources, "mapped")); // nothing is made in a directory of nobody's
        File(bundle, "theirs", 3, 4);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/mnt/new 0:0\n/mnt/theirs 1007:2008\n"));
        Assert.That(Owner(runtime, bundle, "new") + Owner(runtime, bundle, "theirs"), Is.EqualTo("3:4\n7:8\n"));
    }

    [Test]
    public void If_they_are_not_specified_the_runtime_MAY_use_the_containers_user_namespace_mapping(
        [Values("idmap", "ridmap")] string option, [Values] bool byPath)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("touch /mnt/new && " + Owners).Mounting("/mnt", "bind", Source, "rbind", option);
        if (byPath)
            bundle.InNamespace("user", $"/proc/{runtime.Sleeper(b => b.MapsUsers())}/ns/user");
        else
            bundle.MapsUsers();
        Take(bundle);
        File(bundle, "mine", 0, 0);
        File(bundle, "theirs", 7, 8);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/mnt/mine 0:0\n/mnt/new 0:0\n/mnt/theirs 7:8\n"));
        Assert.That(Owner(runtime, bundle, "new"), Is.EqualTo("0:0\n"), "on the host it is root's");
    }

    [Test]
    public void Mappings_of_the_mounts_own_count_from_the_runtimes_user_namespace([Values] bool hidden)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle().Says("touch /mnt/new && " + Owners), "5 100000 1; 7 100070 10",
            "6 100000 1; 8 100080 10", ["rbind", "idmap"]).MapsUsers();
        MountTests.Mount("chown", "5:6", Path.Combine(bundle.Sources, "mapped"));
        File(bundle, "mine", 5, 6);
        File(bundle, "theirs", 9, 9);
        if (hidden)
            System.IO.File.SetUnixFileMode(bundle.Sources, (UnixFileMode)0x1C0);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/mnt/mine 0:0\n/mnt/new 0:0\n/mnt/theirs 72:81\n"));
        Assert.That(Owner(runtime, bundle, "new"), Is.EqualTo("5:6\n"));
    }

    /// <summary>ridmap: "The mapping is applied recursively".</summary>
    [TestCase("idmap", "1000:1000", "0:0")]
    [TestCase("ridmap", "1000:1000", "1000:1000"), Must("option.ridmap")]
    public void Ridmap_is_for_all_below_and_idmap_for_the_mount(string option, string here, string below)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle("stat", "-c", "%u:%g", "/mnt/file", "/mnt/below/file"), "0 1000 10", "0 1000 10",
            ["rbind", option]);
        File(bundle, "file", 0, 0);
        string place = Path.Combine(bundle.Sources, "mapped/below");
        Directory.CreateDirectory(place);
        MountTests.Mount("mount", "-t", "tmpfs", "below", place);
        try
        {
            File(bundle, "below/file", 0, 0);
            Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo($"{here}\n{below}\n"));
        }
        finally
        {
            MountTests.Mount("umount", place);
        }
    }

    [Test]
    public void An_id_mapped_mount_has_the_other_options_too()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle(), "0 1000 10", "0 1000 10", ["bind", "ro", "nosuid", "noatime", "idmap", "private"]);
        Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt").Attributes,
            Is.SupersetOf(new[] { "ro", "nosuid", "noatime", "idmapped" }));
    }

    [Test]
    public void A_file_is_bound_with_its_owner_mapped()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle("stat", "-c", "%u:%g", "/etc/hosts"), "0 1000 10", "0 2000 10", ["bind", "idmap"]);
        bundle.Mounts[6]!["destination"] = "/etc/hosts";
        bundle.Mounts[6]!["source"] = "sources/hosts";
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1000:2000\n"));
    }

    [Test]
    public void Several_mounts_have_their_own_mappings()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%u:%g", "/a", "/b", "/c", "/d");
        foreach ((string name, int to) in new[] { ("a", 1000), ("b", 2000), ("c", 1000), ("d", 3000) })
        {
            Mapped(bundle, $"0 {to} 10", $"0 {to} 10", ["bind", "idmap"]);
            bundle.Mounts[^1]!["destination"] = "/" + name;
        }
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1000:1000\n2000:2000\n1000:1000\n3000:3000\n"));
    }

    [Test]
    public void As_many_lines_as_the_kernel_takes_are_mapped()
    {
        using Runtime runtime = Runtime.Create();
        string lines = string.Join(';', Enumerable.Range(0, 340).Select(i => $"{i} {1000 + 2 * i} 1"));
        Bundle bundle = Mapped(runtime.NewBundle("stat", "-c", "%u:%g", "/mnt/last"), lines, lines, ["bind", "idmap"]);
        File(bundle, "last", 339, 339);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1678:1678\n"));
    }

    [Test]
    public void File_systems_that_the_kernel_maps_are_mapped_beside_binds([Values] bool mapsUsers)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("stat -c '%u:%g' /mnt/file; grep ' /mnt ' /proc/self/mountinfo | cut -d' ' -f6")
            .Mounting("/mnt", "tmpfs", "tmpfs", "idmap", "tmpcopyup", "size=64k");
        int root = mapsUsers ? 100000 : 0;
        if (mapsUsers)
            bundle.MapsUsers();
        // the file system's ids are those of the user namespace it was made in
        Map(bundle, $"0 {root} 1; 7 {root + 1007} 1", $"0 {root} 1; 8 {root + 2008} 1");
        string file = Path.Combine(bundle.Rootfs, "mnt/file");
        System.IO.File.WriteAllText(file, "");
        MountTests.Mount("chown", $"{root + 7}:{root + 8}", file);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1007:2008\nrw,relatime,idmapped\n"));
    }

    [TestCase("idmap=uids=0-0-1#7-1007-2;gids=8-2008-1", "1007:2008")]
    [TestCase("idmap=uids=0-0-1#7-1007-2;gids=9-2008-1", "1007:65534")]
    public void A_mapping_inside_the_option_is_the_mounts_own(string option, string expected)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Take(runtime.NewBundle("stat", "-c", "%u:%g", "/mnt/file").Mounting("/mnt", "bind", Source, "bind", option));
        File(bundle, "file", 7, 8);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(expected + "\n"));
    }

    [Test]
    public void A_mapping_inside_the_option_may_count_in_the_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Take(runtime.NewBundle("stat", "-c", "%u:%g", "/mnt/file").MapsUsers()
            .Mounting("/mnt", "bind", Source, "bind", "idmap=uids=@7-1-10;gids=@8-2-10#0-100000-1"));
        File(bundle, "file", 8, 8);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("2:2\n"));
    }

    [TestCase("idmap=", "expected uids")]
    [TestCase("idmap=uids=0-0-1", "/mounts/6/gidMappings")]
    [TestCase("idmap=uids=0-0-1;gids=0-0-1;uids=1-1-1", "once each")]
    [TestCase("idmap=uids=0-0;gids=0-0-1", "three numbers")]
    [TestCase("ridmap=uids=0-0-1;gids=0--1-1", "three numbers")]
    [TestCase("idmap=uids=@0-65530-10;gids=0-0-1", "not within one mapping")]
    [TestCase("idmap=uids=@0-1-0;gids=0-0-1", "not within one mapping")]
    [TestCase("idmap=uids=0-4294967296-1;gids=0-0-1", "three numbers")]
    public void A_mapping_inside_the_option_that_says_nothing_is_an_error(string option, string rule)
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").MapsUsers().Mounting("/mnt", "bind", "sources", "bind", option))
            .ExpectError("/mounts/6/").ExpectError(rule);
    }

    [Test]
    public void Criu_would_bring_it_back_without_its_mapping_and_is_not_asked()
        => Assert.That(() => MountRules.MustBeRestorable(new Config
        {
            Linux = new() { Namespaces = [new(NamespaceType.Mount, null)] },
            Mounts = [new Mount { Options = ["rbind"] }, new Mount { Options = ["bind", "idmap"] }],
        }), Throws.TypeOf<ContainerException>().With.Property("Pointer").EqualTo("/mounts/1"));

    [TestCase("mqueue")]
    [TestCase("devpts")]
    [TestCase("bind")]
    public void A_file_system_that_the_kernel_does_not_map_is_named_with_the_kernel(string type)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true")
            .Mounting("/mnt", type, type == "bind" ? "/sys/kernel" : type, type == "bind" ? ["bind", "idmap"] : ["idmap"]);
        Map(bundle, "0 1000 10", "0 1000 10");
        runtime.RunBundle(bundle).ExpectError("/mounts/6")
            .ExpectError($"file system {(type == "bind" ? "sysfs" : type)} cannot be id-mapped")
            .ExpectError(System.IO.File.ReadAllText("/proc/sys/kernel/osrelease").Trim());
    }

    [Test]
    public void What_the_host_locked_stays_locked_in_an_id_mapped_mount()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("mount -o remount,bind,rw /mnt; mount -o remount,bind,suid,ro /mnt; touch /mnt/x; grep ' /mnt ' /proc/self/mountinfo | "
                + "cut -d' ' -f6")
            .Mounting("/mnt", "bind", Source, "rbind", "idmap").MapsUsers().WithAllCapabilities();
        Take(bundle);
        string source = Path.Combine(bundle.Sources, "mapped");
        MountTests.Mount("mount", "--bind", "-o", "ro,nosuid", source, source);
        try
        {
            Result result = runtime.RunBundle(bundle).Expect(0);
            Assert.That(result.Output, Does.StartWith("ro,nosuid,").And.Contain("idmapped"));
            Assert.That(result.Errors.Split("denied"), Has.Length.EqualTo(3), result.Errors);
        }
        finally
        {
            MountTests.Mount("umount", source);
        }
    }

    [TestCase("idmap"), TestCase("ridmap"), Must("option.idmap-none")]
    public void If_there_are_no_mappings_and_the_container_isnt_using_user_namespaces_an_error_MUST_be_returned(string option)
        => Refuses(["bind", option], "", "", "/mounts/6/options", "needs uidMappings and gidMappings of the mount, or a user namespace");

    [Test, Must("mounts.gid-with-uid")]
    public void UidMappings_MUST_be_specified_along_with_gidMappings()
        => Refuses(["bind"], "0 0 1", "", "/mounts/6/gidMappings", "must come together");

    [Test, Must("mounts.uid-with-gid")]
    public void GidMappings_MUST_be_specified_along_with_uidMappings()
        => Refuses(["bind"], "", "0 0 1", "/mounts/6/uidMappings", "must come together");

    [TestCase("bind,idmap,ridmap", "0 0 1", "0 0 1", "/options", "are mutually exclusive")]
    [TestCase("bind,idmap,remount", "0 0 1", "0 0 1", "/options", "remount")]
    [TestCase("bind", "0 0 0", "0 0 1", "/uidMappings/0/size", "above 0")]
    [TestCase("bind", "0 0 1", "0 0 5; 4 9 1", "/gidMappings/1", "overlaps")]
    [TestCase("bind", "0 4294967290 10", "0 0 1", "/uidMappings/0/size", "reaches beyond")]
    [TestCase("ridmap", "0 0 1", "0 0 1", "/options", "a cgroup mount cannot")]
    public void What_the_kernel_would_refuse_without_a_reason_is_refused_with_one(string options, string uids, string gids, string property,
        string rule)
        => Refuses(options.Split(','), uids, gids, "/mounts/6" + property, rule);

    [Test]
    public void A_file_system_made_in_the_user_namespace_has_its_mapping_already()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").MapsUsers().Mounting("/mnt", "tmpfs", "tmpfs", "idmap"))
            .ExpectError("/mounts/6/options").ExpectError("already has its mapping");
    }

    [Test]
    public void An_ordinary_user_cannot_map_ids()
    {
        using Runtime runtime = Runtime.CreateForUser();
        runtime.RunBundle(runtime.NewBundle("true").Mounting("/mnt", "bind", "sources", "bind", "idmap")).ExpectError("/mounts/6/options")
            .ExpectError("only root");
    }

    private static void Refuses(string[] options, string uids, string gids, string pointer, string rule)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mapped(runtime.NewBundle("true"), uids, gids, options);
        bundle.Mounts[6]!["type"] = "cgroup";
        runtime.RunBundle(bundle).ExpectError(pointer + ":").ExpectError(rule);
    }

    private static Bundle Mapped(Bundle bundle, string uids, string gids, string[] options)
    {
        bundle.Mounting("/mnt", "bind", Source, options);
        Map(bundle, uids, gids);
        return Take(bundle);
    }

    /// <summary>The source, where anyone may write.</summary>
    private static Bundle Take(Bundle bundle)
    {
        System.IO.File.SetUnixFileMode(Directory.CreateDirectory(Path.Combine(bundle.Sources, "mapped")).FullName, (UnixFileMode)0x1FF);
        return bundle;
    }

    /// <summary>The last mount's mappings: lines of id there, id here, how many.</summary>
    private static void Map(Bundle bundle, string uids, string gids)
    {
        foreach ((string name, string lines) in new[] { ("uidMappings", uids), ("gidMappings", gids) })
        {
            JsonArray list = [];
            foreach (string line in lines.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (Array.ConvertAll(line.Split(' '), long.Parse) is [var there, var here, var size])
                    list.Add((JsonNode)new JsonObject { ["containerID"] = there, ["hostID"] = here, ["size"] = size });
            if (list.Count > 0)
                bundle.Mounts[^1]![name] = list;
        }
    }

    private static void File(Bundle bundle, string name, int uid, int gid)
    {
        string path = Path.Combine(bundle.Sources, "mapped", name);
        System.IO.File.WriteAllText(path, "");
        MountTests.Mount("chown", $"{uid}:{gid}", path);
    }

    private static string Owner(Runtime runtime, Bundle bundle, string name)
        => runtime.Execute(["/usr/bin/stat", "-c", "%u:%g", Path.Combine(bundle.Sources, "mapped", name)]).Output;
}
