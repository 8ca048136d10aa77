using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Directories of images that somebody else filled, and what criu brings into a container.</summary>
internal sealed class RestoreTests
{
    private const UnixFileMode Private = (UnixFileMode)0x180;

    [Test]
    public void Where_parent_leads_nothing_changes()
    {
        using CriuRuntime criu = new();
        using Sentinel sentinel = new();
        Directory.CreateDirectory(criu.Images);
        File.WriteAllText(Path.Combine(criu.Images, "descriptors.json"), "[]");
        File.CreateSymbolicLink(Path.Combine(criu.Images, "parent"), sentinel.Path);
        string image = sentinel["pages-1.img"];
        File.WriteAllText(image, "secret");
        File.SetUnixFileMode(image, Private);
        UnixFileMode directory = File.GetUnixFileMode(sentinel.Path);
        criu.Restore("x", criu.NewBundle().MapsUsers().Write()).ExpectError("criu failed");
        Assert.That((File.GetUnixFileMode(image), File.GetUnixFileMode(sentinel.Path)), Is.EqualTo((Private, directory)));
        File.Delete(image);
        Assert.That(sentinel.Changes(), Is.Null);
    }

    [Test]
    public void A_restore_into_a_user_namespace_leaves_the_images_as_they_are_hard_links_too()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while :; do sleep 1; done").MapsUsers();
        string id = criu.Start(bundle), linked = Path.Combine(criu.Runtime.Work, "linked");
        criu.Checkpoint(id).Expect(0);
        criu.Runtime.Execute(["/bin/ln", Path.Combine(criu.Images, "inventory.img"), linked]).Expect(0);
        string before = Owners(criu);
        criu.Restore(id, bundle).Expect(0);
        Assert.That(Owners(criu), Is.EqualTo(before));
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
    }

    [TestCase("pages-1.img", "link")]
    [TestCase("core-1.img", "fifo")]
    [TestCase("descriptors.json", "fifo")]
    [TestCase("descriptors.json", "link")]
    [TestCase("inventory.img", "directory")]
    public void What_is_no_regular_file_is_no_image(string name, string kind)
    {
        using CriuRuntime criu = new();
        using Sentinel sentinel = new();
        string path = Path.Combine(Directory.CreateDirectory(criu.Images).FullName, name);
        File.WriteAllText(Path.Combine(criu.Images, "descriptors.json"), "[]");
        File.Delete(path);
        if (kind == "link")
            File.CreateSymbolicLink(path, sentinel["secret"]);
        else if (kind == "fifo")
            criu.Runtime.Execute(["/usr/bin/mkfifo", path]).Expect(0);
        else
            Directory.CreateDirectory(path);
        criu.Restore("x", criu.NewBundle())
            .ExpectError(kind == "link" && name == "descriptors.json" ? "this is not a container checkpoint" : "is not a regular file");
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
        Assert.That(sentinel.Changes(), Is.Null);
    }

    [TestCase("1000", "644", "belongs to uid 1000")]
    [TestCase("0", "666", "can be written to by others")]
    public void An_image_that_another_user_can_write_to_is_not_restored(string owner, string mode, string error)
    {
        using CriuRuntime criu = new();
        string path = Path.Combine(Directory.CreateDirectory(criu.Images).FullName, "core-1.img");
        File.WriteAllText(Path.Combine(criu.Images, "descriptors.json"), "[]");
        File.WriteAllText(path, "");
        criu.Runtime.Execute(["/bin/chown", owner, path]).Expect(0);
        criu.Runtime.Execute(["/bin/chmod", mode, path]).Expect(0);
        criu.Restore("x", criu.NewBundle()).ExpectError($"the image {path} {error}");
    }

    [Test]
    public void Links_that_lead_in_a_circle_end()
    {
        using CriuRuntime criu = new();
        Directory.CreateDirectory(criu.Images);
        File.WriteAllText(Path.Combine(criu.Images, "descriptors.json"), "[]");
        File.CreateSymbolicLink(Path.Combine(criu.Images, "parent"), ".");
        criu.Restore("x", criu.NewBundle()).ExpectError("is it circular?");
    }

    [TestCase("1000", "755", "belongs to uid 1000")]
    [TestCase("0", "777", "can be written to by others")]
    [TestCase("0:1000", "775", "can be written to by others")]
    public void A_directory_that_others_own_or_may_write_to_holds_no_checkpoint(string owner, string mode, string error)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle), logs = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "logs")).FullName;
        Directory.CreateDirectory(criu.Images);
        criu.Runtime.Execute(["/bin/chown", owner, criu.Images, logs]).Expect(0);
        criu.Runtime.Execute(["/bin/chmod", mode, criu.Images, logs]).Expect(0);
        criu.Checkpoint(id).ExpectError(error);
        criu.Restore("x", bundle).ExpectError(error);
        criu.Run("checkpoint", "--image-path", Path.Combine(criu.Runtime.Work, "own"), "--work-path", logs, id).ExpectError(error);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
        Assert.That(Directory.GetFileSystemEntries(criu.Images), Is.Empty);
    }

    [Test]
    public void A_directory_that_others_can_exchange_holds_no_checkpoint()
    {
        using CriuRuntime criu = new();
        string id = criu.Start(criu.NewBundle()), open = Directory.CreateDirectory(Path.Combine(criu.Runtime.Work, "open")).FullName;
        criu.Runtime.Execute(["/bin/chmod", "777", open]).Expect(0);
        criu.Run("checkpoint", "--image-path", open + "/images", id).ExpectError("can be written to by other users");
        criu.Run("checkpoint", "--image-path", criu.Images, "--work-path", open + "/work", id)
            .ExpectError("can be written to by other users");
        Assert.That(Directory.GetFileSystemEntries(open), Is.Empty);
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void What_lies_in_the_place_of_descriptors_json_is_not_written_to()
    {
        using Runtime runtime = Runtime.Create();
        FakeCriu criu = new(runtime);
        using Sentinel sentinel = new();
        string id = Runtime.NewId(), images = Directory.CreateDirectory(Path.Combine(runtime.Work, "images")).FullName;
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Execute(["/bin/ln", sentinel["secret"], Path.Combine(images, "descriptors.json")]).Expect(0);
        runtime.Execute(runtime.Command("checkpoint", "--leave-running", "--image-path", images, id), environment: criu.Environ).Expect(0);
        File.Delete(Path.Combine(images, "descriptors.json"));
        Assert.That(sentinel.Changes(), Is.Null);
    }

    /// <summary>Against a null of our own, bound over the host's in a mount namespace that goes with the test.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void Who_changes_a_mask_or_the_null_of_stdio_in_a_restored_container_does_not_change_the_hosts(bool users)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while :; do sleep 1; done").WithAllCapabilities();
        bundle.Linux["maskedPaths"] = Attack.Array(["/proc/interrupts", "/proc/keys"]);
        if (users)
            bundle.MapsUsers();
        string id = Runtime.NewId(), work = criu.Runtime.Work,
            program = $"/usr/bin/env {string.Join(' ', WorkingCriu.Environ)} {criu.Runtime.Program} --root {criu.Runtime.Root}";
        bundle.Write();
        // As another runtime may have made it: the masks can be written to when the images are, if the kernel lets that be.
        string script = $"""
            set -e
            exec </dev/null >{work}/out 2>&1
            mknod {work}/null c 1 3; chmod 666 {work}/null; mount --bind {work}/null /dev/null
            {program} run -d -b {bundle.Path} {id} </dev/null >/dev/null 2>&1
            pid=$({program} state {id} | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
            for mask in /proc/interrupts /proc/keys; do nsenter -t $pid -m /bin/busybox mount -o remount,bind,rw none $mask || :; done
            {program} checkpoint --image-path {criu.Images} {id} >/dev/null 2>&1
            {program} restore -d -b {bundle.Path} --image-path {criu.Images} {id} </dev/null >/dev/null 2>&1
            {program} exec {id} sh -c 'for i in /proc/interrupts /proc/keys /proc/1/fd/0 /proc/1/fd/1; do chmod 600 $i; chown 7:7 $i; touch -d 2001-01-01 $i; done; echo done' <{work}/out || :
            {program} exec {id} cat /proc/1/mountinfo <{work}/out >{work}/mounts
            stat -c '%a %u %g %Y' /dev/null {work}/null >{work}/after
            {program} delete -f {id}
            """;
        Result result = criu.Runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script]);
        Assert.That(result.ExitCode, Is.Zero, File.ReadAllText(Path.Combine(work, "out")));
        Assert.That(File.ReadAllText(Path.Combine(work, "out")), Does.Contain("done"));
        foreach (string line in File.ReadAllLines(Path.Combine(work, "after")))
            Assert.That(line, Does.StartWith("666 0 0 ").And.Not.EndsWith(" 978307200"));
        string[] mounts = File.ReadAllLines(Path.Combine(work, "mounts"));
        // The node's file system is nowhere of the host's, and cannot be written to whatever the mount says.
        foreach (string mask in new[] { "/proc/interrupts", "/proc/keys" })
            Assert.That(Array.Find(mounts, line => line.Contains($" {mask} ")), Does.Match("^[^-]* - tmpfs tmpfs ro"));
    }

    private static readonly TestCaseData[] Weaker =
    [
        new TestCaseData("/process/capabilities", "{\"capabilities\":{\"bounding\":[\"CAP_KILL\"]}}",
            "process").SetArgDisplayNames("capabilities"),
        new TestCaseData("/process/noNewPrivileges", "{\"noNewPrivileges\":true}", "process").SetArgDisplayNames("noNewPrivileges"),
        new TestCaseData("/process/rlimits/0", "{\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":50,\"hard\":60}]}",
            "process").SetArgDisplayNames("a limit"),
        new TestCaseData("/linux/maskedPaths/0", "{\"maskedPaths\":[\"/etc/passwd\"]}", "linux").SetArgDisplayNames("a masked file"),
        new TestCaseData("/linux/maskedPaths/0", "{\"maskedPaths\":[\"/proc/bus\"]}", "linux").SetArgDisplayNames("a masked directory"),
        new TestCaseData("/linux/readonlyPaths/0", "{\"readonlyPaths\":[\"/proc/sys\"]}", "linux").SetArgDisplayNames("a read-only path"),
        new TestCaseData("/linux/seccomp",
            "{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"reboot\"],\"action\":\"SCMP_ACT_ERRNO\"}]}}",
                "linux").SetArgDisplayNames("seccomp"),
        new TestCaseData("/linux/namespaces/0",
            "{\"namespaces\":[{\"type\":\"ipc\"},{\"type\":\"pid\"},{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"network\"}]}",
                "linux").SetArgDisplayNames("a namespace"),
    ];

    [TestCaseSource(nameof(Weaker))]
    public void What_the_config_forbids_and_the_image_allows_is_an_error_or_with_a_flag_a_warning(string pointer, string stricter,
        string part)
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while :; do sleep 1; done").WithAllCapabilities();
        bundle.Linux["maskedPaths"] = new JsonArray();
        bundle.Linux["readonlyPaths"] = new JsonArray();
        bundle.Process["noNewPrivileges"] = false;
        bundle.InNamespaces(("pid", null), ("mount", null), ("uts", null), ("network", null));
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        foreach ((string key, JsonNode? value) in (JsonObject)JsonNode.Parse(stricter)!)
            bundle.Config[part]![key] = value?.DeepClone();
        Assert.That(criu.Restore(id, bundle.Write()).ExpectError("the config forbids what the image allows").Errors, Does.Contain(pointer));
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
        Assert.That(criu.Restore(id, bundle, "--allow-weaker").Expect(0).Errors, Does.Contain(pointer));
        Assert.That(criu.Runtime.Status(id), Is.EqualTo("running"));
    }

    /// <summary>The image's user namespace is made with the image's maps.</summary>
    [Test]
    public void Ids_that_the_config_does_not_map_are_not_restored()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while :; do sleep 1; done").MapsUsers();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        foreach (string mappings in new[] { "uidMappings", "gidMappings" })
            bundle.Linux[mappings]![0]!["size"] = 1000;
        Assert.That(criu.Restore(id, bundle.Write()).ExpectError("its user namespace maps other").Errors, Does.Contain("Mappings"));
        Assert.That(Directory.GetFileSystemEntries(criu.Runtime.Root), Is.Empty);
    }

    /// <summary>criu gives every mount but the root the flags of its image; the root is the runtime's, and as the config has it.</summary>
    [Test]
    public void What_the_config_has_read_only_is_read_only_after_restore([Values] bool readonlyRoot, [Values] bool users,
        [Values] bool detached, [Values] bool wasReadonly)
    {
        using CriuRuntime criu = new();
        string[] readOnly = [readonlyRoot ? "/x" : "/etc/x", "/etc/x", "/mnt/x", "/home/x"];
        Bundle bundle = criu.NewBundle($"while [ ! -e /tmp/go ]; do sleep 0.05; done; for i "
            + $"in {string.Join(' ', readOnly)}; do touch $i && echo $i >>/tmp/written; done; touch /dev/shm/x && echo done >/tmp/done");
        string shared = Directory.CreateDirectory(Path.Combine(bundle.Path, "shared")).FullName;
        File.SetUnixFileMode(shared, (UnixFileMode)0x1FF);
        foreach (string place in new[] { bundle.Rootfs, Path.Combine(bundle.Rootfs, "etc"), bundle.Sources })
            File.SetUnixFileMode(place, (UnixFileMode)0x1FF);
        bundle.WithMount("/tmp", "bind", shared, "bind", "rw").WithMount("/mnt", "bind", bundle.Sources, "bind", "ro")
            .WithMount("/home", "tmpfs", "tmpfs", "ro", "mode=777");
        bundle.Linux["readonlyPaths"] = Attack.Array(["/etc"]);
        bundle.Config["root"]!["readonly"] = readonlyRoot && wasReadonly;
        if (users)
            bundle.MapsUsers();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        bundle.Config["root"]!["readonly"] = readonlyRoot;
        File.WriteAllText(Path.Combine(shared, "go"), "");
        string[] flags = ["--image-path", criu.Images, "--bundle", bundle.Write().Path, id];
        criu.Run(detached ? ["restore", "--detach", .. flags] : ["restore", .. flags]).Expect(0);
        Assert.That(() => File.Exists(Path.Combine(shared, "done")), Is.True.After(10_000, 20));
        Assert.That(File.Exists(Path.Combine(shared, "written")), Is.False, () => File.ReadAllText(Path.Combine(shared, "written")));
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "x")), Is.False);
    }

    private static string Owners(CriuRuntime criu)
        => criu.Runtime.Execute(["/bin/sh", "-c", $"cd {criu.Images} && stat -c '%n %a %u %g' .; stat -c '%n %a %u %g %Z' *.img "
            + $"descriptors.json"]).Expect(0).Output;
}
