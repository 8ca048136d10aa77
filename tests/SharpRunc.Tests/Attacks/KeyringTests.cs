using System;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>The caller's session keyring is not the container's.</summary>
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

    /// <summary>
    /// /proc/keys as a container sees it whose caller holds a key; keyrings are a thread's, and what it starts inherits them.
    /// </summary>
    private static string KeysSeen(bool mapped, params string[] command)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/keys");
        if (mapped)
            bundle.WithUserNamespace();
        bundle.Linux["maskedPaths"] = new JsonArray();
        bundle.Write();
        string keys = "";
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                if (syscall(KeyCtl, JoinSessionKeyring, 0, 0, 0, 0) < 0)
                    Assert.Ignore("this kernel has no keyrings");
                nint user = Marshal.StringToCoTaskMemUTF8("user"), name = Marshal.StringToCoTaskMemUTF8(Secret);
                Assert.That((long)syscall(AddKey, user, name, name, Secret.Length, SessionKeyring), Is.Positive);
                Assert.That(File.ReadAllText("/proc/keys"), Does.Contain(Secret));
                keys = runtime.Run([command[0], .. command[1..^1], "--bundle", bundle.Path, command[^1]]).Expect(0).Output;
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
        return keys;
    }

    private const nint AddKey = 248, KeyCtl = 250, JoinSessionKeyring = 1, SessionKeyring = -3;

    [DllImport("libc")]
    private static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);
}
