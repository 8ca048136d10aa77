using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// config-linux.md#devices where a device cannot simply be made: it is there, or /dev is the caller's, or the container may make none.
/// </summary>
internal sealed class DeviceRowTests
{
    [TestCase("c", "mknod -m 600 $1 c 1 3", "1:3 600")]
    [TestCase("u", "mknod -m 600 $1 c 1 3", "1:3 600")]
    [TestCase("b", "mknod -m 600 $1 b 1 3", "1:3 600")]
    [TestCase("p", "mkfifo -m 600 $1", "0:0 600")]
    [Must("devices.available")]
    public void A_file_that_matches_is_the_device_whatever_its_type(string type, string make, string expected)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T %a", "/mnt/device");
        runtime.Execute(["/bin/sh", "-c", make, "sh", Path.Combine(bundle.Rootfs, "mnt/device")]).Expect(0);
        bundle.Linux["devices"] = Devices(("/mnt/device", type, 1, 3));
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(expected + "\n"));
    }

    [TestCase("c", "mknod $1 b 1 3")]
    [TestCase("b", "mknod $1 c 1 3")]
    [TestCase("p", "mknod $1 c 1 3")]
    [TestCase("p", "touch $1")]
    [TestCase("c", "mknod $1 c 1 5")]
    [TestCase("c", "mkdir $1")]
    [TestCase("c", "ln -s /dev/null $1")]
    [Must("devices.mismatch")]
    public void If_a_file_of_another_type_exists_the_runtime_MUST_generate_an_error_and_leave_it(string type, string make)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string path = Path.Combine(bundle.Rootfs, "mnt/device");
        runtime.Execute(["/bin/sh", "-c", make, "sh", path]).Expect(0);
        string before = runtime.Execute(["/usr/bin/stat", "-c", "%F %t:%T %a %u", path]).Output;
        bundle.Linux["devices"] = Devices(("/mnt/device", type, 1, 3));
        runtime.RunBundle(bundle).ExpectError("pointer=/linux/devices/0").ExpectError("/mnt/device exists and is not the");
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%F %t:%T %a %u", path]).Output, Is.EqualTo(before));
    }

    [Test]
    public void One_path_twice_is_one_device_or_an_error()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T", "/mnt/device");
        bundle.Linux["devices"] = Devices(("/mnt/device", "c", 1, 3), ("/mnt//device", "c", 1, 3));
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1:3\n"));
        bundle.Linux["devices"] = Devices(("/mnt/other", "c", 1, 3), ("/mnt/other", "c", 1, 5));
        runtime.RunBundle(bundle).ExpectError("pointer=/linux/devices/1");
    }

    [Test]
    public void A_mode_is_the_one_asked_for_whatever_the_callers_umask_and_nothing_may_be_a_mode()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%a", "/dev/all", "/dev/none", "/dev/null");
        JsonArray devices = Devices(("/dev/all", "c", 1, 3), ("/dev/none", "c", 1, 3));
        devices[0]!["fileMode"] = 0x1FF;
        devices[1]!["fileMode"] = 0;
        bundle.Linux["devices"] = devices;
        Result result = runtime.Execute(["/bin/sh", "-c", "umask 077; exec "
            + "\"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]);
        Assert.That(result.Expect(0).Output, Is.EqualTo("777\n0\n666\n"));
    }

    [Test]
    public void A_ptmx_that_is_listed_is_the_containers_own()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("readlink", "/dev/ptmx");
        bundle.Linux["devices"] = Devices(("/dev/ptmx", "c", 5, 2));
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("pts/ptmx\n"));
    }

    [Test]
    [Must("devices.available")]
    public void Beside_a_dev_that_is_bound_devices_are_made_and_in_it_they_must_be()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithBoundDev(runtime.NewBundle("stat", "-c", "%n %t:%T %a", "/mnt/made", "/dev/there"), out string dev);
        MountTests.Mount("mknod", "-m", "640", Path.Combine(dev, "there"), "c", "1", "5");
        bundle.Linux["devices"] = Devices(("/mnt/made", "c", 1, 3), ("/dev/there", "c", 1, 5));
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/mnt/made 1:3 666\n/dev/there 1:5 640\n"));
        Assert.That(Directory.GetFileSystemEntries(dev), Has.Length.EqualTo(1));
    }

    [TestCase("/dev/missing", "/dev/missing does not exist in the /dev that is bound")]
    [TestCase("/dev/../dev/there", "is not the character device 1:3")]
    [Must("devices.available"), Must("devices.mismatch")]
    public void What_a_bound_dev_has_not_is_an_error_and_nothing_is_made_in_it(string path, string message)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithBoundDev(runtime.NewBundle("true"), out string dev);
        MountTests.Mount("mknod", Path.Combine(dev, "there"), "c", "1", "5");
        bundle.Linux["devices"] = Devices((path, "c", 1, 3));
        runtime.RunBundle(bundle).ExpectError("pointer=/linux/devices/0").ExpectError(message);
        Assert.That(Directory.GetFileSystemEntries(dev), Has.Length.EqualTo(1));
    }

    [Test]
    public void In_a_user_namespace_a_device_has_the_mode_and_owner_asked_for_and_is_not_the_hosts()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("stat -c '%t:%T %a %u:%g' /dev/zero; head -c 2 /dev/zero | od -An -tx1").MapsUsers();
        JsonArray devices = Devices(("/dev/zero", "c", 1, 5));
        devices[0]!["fileMode"] = 0x180;
        devices[0]!["uid"] = 7;
        bundle.Linux["devices"] = devices;
        // What is listed takes the default's rule away with its place.
        bundle.Linux["resources"]!["devices"]!.AsArray()
            .Add(JsonNode.Parse("""{ "allow": true, "type": "c", "major": 1, "minor": 5, "access": "r" }"""));
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.Output, Is.EqualTo("1:5 600 7:0\n 00 00\n"));
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%a %u:%g", "/dev/zero"]).Output, Is.EqualTo("666 0:0\n"));
    }

    [TestCase(false)]
    [TestCase(true)]
    [Must("devices.available")]
    public void In_a_user_namespace_every_kind_of_device_is_made_anywhere_whether_the_host_has_it_or_not(bool byPath)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%n %t:%T %a %u:%g %F", "/dev/other-name", "/dev/loop", "/dev/zero", "/dev/null");
        if (byPath)
            bundle.InNamespace("user", $"/proc/{runtime.Sleeper(b => b.MapsUsers())}/ns/user");
        else
            bundle.MapsUsers();
        JsonArray devices = Devices(("/dev/other-name", "c", 1, 3), ("/dev/loop", "b", 7, 0), ("/dev/zero", "c", 1, 3));
        devices[0]!["fileMode"] = 0x1B0;
        devices[0]!["uid"] = 7;
        devices[0]!["gid"] = 8;
        devices[1]!["fileMode"] = 0x100;
        bundle.Linux["devices"] = devices;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(
            "/dev/other-name 1:3 660 7:8 character special file\n/dev/loop 7:0 400 0:0 block special file\n/dev/zero 1:3 666 0:0 "
            + "character special file\n/dev/null 1:3 666 0:0 character special file\n"));
    }

    [Test]
    public void In_a_user_namespace_an_owner_that_is_not_mapped_is_an_error_of_the_device([Values("uid", "gid")] string property)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").MapsUsers();
        bundle.Linux["devices"] = Devices(("/dev/x", "c", 1, 3));
        bundle.Linux["devices"]![0]![property] = 70000;
        runtime.RunBundle(bundle).ExpectError($"pointer=/linux/devices/0/{property}").ExpectError("70000 is not mapped");
    }

    [TestCase("/dev/zero", 5, 666, "")]
    [TestCase("/dev/zero", 5, 600, "/dev/zero is the host's and keeps its mode and owner")]
    [TestCase("/dev/zero", 3, 666, "/dev/zero of the host is not the character device 1:3")]
    [TestCase("/dev/of-nobody", 3, 666, "cannot bind the host's device")]
    public void An_ordinary_users_container_has_the_hosts_device_and_is_told_what_it_does_not_get(string path, int minor, int mode,
        string message)
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T %a", path);
        bundle.Linux["devices"] = Devices((path, "c", 1, minor));
        bundle.Linux["devices"]![0]!["fileMode"] = System.Convert.ToInt32($"{mode}", 8);
        string log = Path.Combine(runtime.Work, "log");
        Result result = runtime.Execute(runtime.Command("--log", log, "run", "--bundle", bundle.Write().Path, Runtime.NewId()));
        string said = File.Exists(log) ? File.ReadAllText(log) : "";
        Assert.That(said, message.Length == 0 ? Is.Empty : Does.Contain(message));
        Assert.That((result.ExitCode, result.Output), Is.EqualTo(path == "/dev/zero" && minor == 5 ? (0, "1:5 666\n") : (1, "")));
    }

    [Test]
    public void What_only_the_runtime_can_make_in_dev_is_never_made_from_the_list([Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("for l in ptmx fd stdin stdout stderr; do readlink /dev/$l; done; : <>/dev/ptmx && echo opened");
        if (inUserNamespace)
            bundle.MapsUsers();
        bundle.Linux["devices"] = Devices(("/dev/ptmx", "c", 5, 2), ("/dev/./fd", "c", 1, 3), ("/dev/stdin", "c", 1, 3),
            ("/dev/stdout", "c", 1, 3), ("/dev//stderr", "c", 1, 3));
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output,
            Is.EqualTo("pts/ptmx\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\nopened\n"));
    }

    [Test]
    public void A_console_that_is_listed_is_the_processs_terminal([Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "stat -c %t:%T /dev/console; sleep 1000");
        bundle.Process["terminal"] = true;
        if (inUserNamespace)
            bundle.MapsUsers();
        bundle.Linux["devices"] = Devices(("/dev/console", "c", 5, 1));
        string id = Runtime.NewId();
        runtime.Run("create", "--bundle", bundle.Write().Path, "--console-socket", listener.Path, id).Expect(0);
        using TestTerminal terminal = listener.Accept();
        runtime.Run("start", id).Expect(0);
        Assert.That(terminal.ReadUntil("88:"), Does.Contain("88:"));
    }

    private static Bundle WithBoundDev(Bundle bundle, out string dev)
    {
        for (int i = bundle.Mounts.Count - 1; i >= 0; i--)
            if (((string)bundle.Mounts[i]!["destination"]!).StartsWith("/dev", System.StringComparison.Ordinal))
                bundle.Mounts.RemoveAt(i);
        dev = Path.Combine(bundle.Sources, "dev");
        Directory.CreateDirectory(dev);
        return bundle.Mounting("/dev", "bind", dev, "rbind");
    }

    private static JsonArray Devices(params (string Path, string Type, int Major, int Minor)[] devices)
    {
        JsonArray list = [];
        foreach ((string path, string type, int major, int minor) in devices)
            list.Add((JsonNode)new JsonObject { ["path"] = path, ["type"] = type, ["major"] = major, ["minor"] = minor });
        return list;
    }
}
