using System;
using System.Globalization;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>The caller's session keyring is not the container's, and the container's is nobody else's.</summary>
internal sealed class KeyringTests
{
    private const string Secret = "sharprunc-test-secret";

    [Test]
    public void A_container_has_a_session_keyring_of_its_own([Values] bool mapped)
    {
        string id = Runtime.NewId(), keys = KeysSeen(mapped, "run", id);
        Assert.That(keys, Does.Contain("_ses." + id));
        if (mapped) // the same user may see, but not read, that it is there
            Assert.That(keys, Does.Not.Contain(Secret));
    }

    [Test]
    public void It_keeps_the_callers_when_that_is_asked_for()
    {
        string id = Runtime.NewId(), keys = KeysSeen(false, "run", "--no-new-keyring", id);
        Assert.That(keys, Does.Not.Contain("_ses." + id));
        Assert.That(keys, Does.Contain(Secret));
    }

    [Test]
    public void A_keyring_that_somebody_else_made_under_its_name_is_not_joined()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), planted = "", keys = "";
        Bundle bundle = Showing(runtime, "cat", "/proc/keys");
        WithKeyringOfOwn("_ses." + id, ring =>
        {
            // Seen by nobody but who has it, and joined by its name.
            Assert.That((long)syscall(KeyCtl, SetPermissions, ring, 0x3f080000, 0, 0), Is.Zero);
            planted = Number(ring);
            Assert.That(File.ReadAllText("/proc/keys"), Does.Contain(planted));
            keys = runtime.Run("run", "--bundle", bundle.Write().Path, id).Output;
        });
        Assert.That(keys, Does.Contain("_ses." + id).And.Not.Contain(planted));
    }

    [Test]
    public void It_can_be_seen_joined_linked_and_read_by_nobody_else()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, Showing(runtime, "sleep", "1000"));
        string number = runtime.Run("exec", id, "grep", "_ses." + id, "/proc/keys").Expect(0).Output[..8];
        int container = int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        WithKeyringOfOwn("_ses." + id, ring => // as root, in the same user namespace, like another container
        {
            Assert.That(ring, Is.Not.EqualTo((nint)container));
            Assert.That(File.ReadAllText("/proc/keys"), Does.Not.Contain(number));
            foreach ((nint operation, nint other) in new (nint, nint)[] { (Link, ring), (Read, 0), (Describe, 0), (SetPermissions, 0) })
                Assert.That((long)syscall(KeyCtl, operation, container, other, 0, 0), Is.EqualTo(-1), $"operation {operation}");
        });
    }

    /// <summary>By root, in the same user namespace, like another container whose /proc/keys is not masked.</summary>
    [Test]
    public void While_it_is_made_it_can_be_seen_linked_and_read_by_nobody_else()
    {
        using Runtime runtime = Runtime.Create();
        string end = Path.Combine(runtime.Work, "end"), seen = Path.Combine(runtime.Work, "seen"), bundle = runtime.NewBundle("true").Path;
        string id = Runtime.NewId();
        Child watcher = Child.Start([Probe.Program, "keys", "watch", $"_ses.{id}-", end], seen);
        Assert.That(() => File.ReadAllText(seen), Is.Not.Empty.After(10_000, 20));
        for (int i = 0; i < 300; i++)
            runtime.Run("run", "--bundle", bundle, $"{id}-{i}").Expect(0);
        File.WriteAllText(end, "");
        watcher.Wait();
        Assert.That(File.ReadAllText(seen), Is.EqualTo("watching\n"));
    }

    [Test]
    public void Exec_has_one_of_its_own_that_nobody_sees_where_the_containers_is_revoked()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = Showing(runtime, "sleep", "1000");
        bundle.Mounting("/bin/probe", "bind", Probe.Program, "bind", "ro");
        runtime.StartContainer(id, bundle);
        runtime.Run("exec", id, "probe", "keys", "revoke").Expect(0);
        Assert.That(runtime.Run("exec", id, "probe", "keys", "show").Expect(0).Output, Does.Contain(";3f080008;_ses." + id));
    }

    [Test]
    public void Exec_has_the_containers([Values] bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = Showing(runtime, "sh", "-c", $"grep _ses.{id} /proc/keys | cut -c1-8 >/keys; exec sleep 1000");
        if (mapped)
            bundle.MapsUsers().Process["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 };
        File.WriteAllText(Path.Combine(bundle.Rootfs, "keys"), "");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "keys"), (UnixFileMode)0x1B6);
        runtime.StartContainer(id, bundle);
        string numbers = "";
        Assert.That(() => numbers = File.ReadAllText(Path.Combine(bundle.Rootfs, "keys")), Has.Length.EqualTo(9).After(10_000, 20));
        Assert.That(runtime.Run("exec", id, "sh", "-c", $"grep _ses.{id} /proc/keys | cut -c1-8").Expect(0).Output, Is.EqualTo(numbers));
    }

    [Test]
    public void Exec_has_the_restored_containers()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while :; do [ -e /tmp/ask ] && cat /proc/keys >/tmp/new && mv /tmp/new /tmp/keys; sleep 0.1; done");
        string shared = Directory.CreateDirectory(Path.Combine(bundle.Path, "shared")).FullName, keys = Path.Combine(shared, "keys");
        bundle.WithMount("/tmp", "bind", shared, "bind", "rw").Linux["maskedPaths"] = new JsonArray();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle.Write()).Expect(0);
        File.WriteAllText(Path.Combine(shared, "ask"), "");
        Assert.That(() => File.Exists(keys), Is.True.After(10_000, 20));
        string[] its = Array.FindAll(File.ReadAllLines(keys), line => line.Contains("_ses." + id, StringComparison.Ordinal));
        Assert.That(its, Has.Length.EqualTo(1));
        Assert.That(criu.Runtime.Run("exec", id, "grep", "-c", its[0][..8], "/proc/keys").Expect(0).Output, Is.EqualTo("1\n"));
    }

    /// <summary>
    /// /proc/keys as a container sees it whose caller holds a key; keyrings are a thread's, and what it starts inherits them.
    /// </summary>
    private static string KeysSeen(bool mapped, params string[] command)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Showing(runtime, "cat", "/proc/keys");
        if (mapped)
            bundle.WithUserNamespace();
        bundle.Write();
        string keys = "";
        WithKeyringOfOwn(null, _ =>
        {
            nint user = Marshal.StringToCoTaskMemUTF8("user"), name = Marshal.StringToCoTaskMemUTF8(Secret);
            Assert.That((long)syscall(AddKey, user, name, name, Secret.Length, SessionKeyring), Is.Positive);
            Assert.That(File.ReadAllText("/proc/keys"), Does.Contain(Secret));
            keys = runtime.Run([command[0], .. command[1..^1], "--bundle", bundle.Path, command[^1]]).Expect(0).Output;
        });
        return keys;
    }

    /// <summary>With /proc/keys not masked.</summary>
    private static Bundle Showing(Runtime runtime, params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args);
        bundle.Linux["maskedPaths"] = new JsonArray();
        return bundle;
    }

    private static string Number(nint key) => ((int)key).ToString("x8", CultureInfo.InvariantCulture);

    /// <param name="name">Of a keyring that is joined if there is one, and made if there is none; null: a new one without a name.</param>
    private static void WithKeyringOfOwn(string? name, Action<nint> action)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                nint ring = syscall(KeyCtl, JoinSessionKeyring, name is null ? 0 : Marshal.StringToCoTaskMemUTF8(name), 0, 0, 0);
                if (ring < 0)
                    Assert.Ignore("this kernel has no keyrings");
                action(ring);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    private static readonly nint AddKey = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 217 : 248,
        KeyCtl = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 219 : 250;

    private const nint JoinSessionKeyring = 1, SetPermissions = 5, Describe = 6, Link = 8, Read = 11, SessionKeyring = -3;

    [DllImport("libc")]
    private static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);
}
