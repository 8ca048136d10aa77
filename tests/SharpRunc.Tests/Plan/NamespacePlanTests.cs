using System;
using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Plan;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The table of user × PID × the rest: new, by path, absent.</summary>
internal sealed class NamespacePlanTests
{
    // Letters: N new, P by path, - absent, for user, pid, mount, network, in this order.
    // Who makes what: c clone3, u unshared by the child as root; 2 a second clone; b born inside; j joined paths; s setns(user); U
    // unshare(user);
    // p the PID namespace after the hooks.
    [TestCase("----", "")]
    [TestCase("-N--", "c:pid")]
    [TestCase("-NNN", "c:pid,mount u:network")]
    [TestCase("-P--", "b p")]
    [TestCase("-PNP", "c:mount b j:network p")]
    [TestCase("-NNP", "c:pid,mount j:network")]
    [TestCase("-NPP", "c:pid j:network,mount")]
    [TestCase("N---", "c:user")]
    [TestCase("NNNN", "c:user,pid,mount u:network")]
    [TestCase("NNNP", "u:pid,mount 2 j:network U")]
    [TestCase("NPNN", "u:mount,network b j:pid U")]
    [TestCase("NPNP", "u:mount b j:pid,network U")]
    [TestCase("N--P", "j:network U")]
    [TestCase("P---", "s")]
    [TestCase("P-NN", "u:mount,network s")]
    [TestCase("PNNN", "u:pid,mount,network 2 s")]
    [TestCase("PNNP", "u:pid,mount 2 j:network s")]
    [TestCase("PPNN", "u:mount,network b j:pid s")]
    [TestCase("PPPP", "b j:pid,network,mount s")]
    public void Each_row_of_the_table_has_its_steps(string asked, string steps)
    {
        Assert.That(Describe(asked), Is.EqualTo(steps));
    }

    // l joined paths once the child is root.
    [TestCase("N---", "c:user")]
    [TestCase("NNNN", "c:user,pid,mount u:network")]
    [TestCase("NNNP", "u:pid,mount 2 l:network U")]
    [TestCase("NPNN", "u:mount,network b U p")]
    [TestCase("P-NN", "u:mount,network s")]
    [TestCase("PNNP", "u:pid,mount 2 l:network s")]
    [TestCase("PPPP", "b l:network,mount s p")]
    public void An_ordinary_users_runtime_joins_no_path_before_the_user_namespace(string asked, string steps)
    {
        Assert.That(Describe(asked, unprivileged: true), Is.EqualTo(steps));
    }

    [Test]
    public void A_PID_namespace_of_the_user_namespace_that_is_joined_is_joined_after_the_hooks()
        => Assert.That(Describe("PPPP", userOwnsPid: true), Is.EqualTo("b j:network,mount s p"));

    /// <summary>mq_overview(7): the root of a new IPC namespace's mqueue belongs to who makes it.</summary>
    [TestCase(false, CLONE_NEWIPC, 0UL)]
    [TestCase(true, 0UL, CLONE_NEWIPC)]
    public void With_a_new_user_namespace_the_mapped_root_makes_the_ipc_namespace(bool user, ulong cloned, ulong unshared)
    {
        NamespacePlan plan =
            NamespacePlan.From(user ? [new(NamespaceType.User, null), new(NamespaceType.Ipc, null)] : [new(NamespaceType.Ipc, null)]);
        Assert.That((plan.CloneFlags & CLONE_NEWIPC, plan.Unshare & CLONE_NEWIPC), Is.EqualTo((cloned, unshared)));
    }

    [Test]
    public void The_mount_namespace_is_joined_last()
    {
        NamespacePlan plan =
            NamespacePlan.From([new(NamespaceType.Mount, "/m"), new(NamespaceType.Ipc, "/i"), new(NamespaceType.Uts, "/u")]);
        Assert.That(plan.JoinFirst, Is.EqualTo(new[] { 1, 2, 0 }));
    }

    [Test]
    public void A_cgroup_namespace_is_made_by_neither_clone_nor_the_first_unshare()
    {
        foreach (string? user in new[] { null, "/u" })
        {
            NamespacePlan plan =
                NamespacePlan.From([new(NamespaceType.User, user), new(NamespaceType.Cgroup, null), new(NamespaceType.Time, null)]);
            Assert.That((plan.CloneFlags | plan.Unshare) & CLONE_NEWCGROUP, Is.Zero);
            Assert.That(plan.NewCgroup, Is.True);
            Assert.That(plan.Unshare & CLONE_NEWTIME, Is.EqualTo(CLONE_NEWTIME));
        }
    }

    [Test]
    public void Every_new_namespace_is_made_exactly_once()
    {
        NamespaceType[] types = Enum.GetValues<NamespaceType>();
        int rows = 0;
        for (int row = 0; row < 6561; row++) // 3 to the 8th
        {
            List<Namespace> namespaces = [];
            ulong wanted = 0;
            for (int i = 0, left = row; i < types.Length; i++, left /= 3)
                if (left % 3 == 1)
                {
                    namespaces.Add(new(types[i], null));
                    wanted |= NamespacePlan.Flag(types[i]);
                }
                else if (left % 3 == 2)
                {
                    namespaces.Add(new(types[i], "/" + types[i]));
                }
            NamespacePlan plan = NamespacePlan.From(namespaces.ToArray());
            ulong cgroup = plan.NewCgroup ? CLONE_NEWCGROUP : 0;
            Assert.That(plan.CloneFlags & (plan.Unshare | plan.UnshareUser), Is.Zero, $"row {row}");
            Assert.That(plan.CloneFlags | plan.Unshare | plan.UnshareUser | cgroup, Is.EqualTo(wanted), $"row {row}");
            int joined = plan.JoinFirst.Length + (plan.JoinUser >= 0 ? 1 : 0) + (plan.JoinPidLate >= 0 ? 1 : 0);
            Assert.That(joined, Is.EqualTo(namespaces.FindAll(n => n.Path is not null).Count), $"row {row}");
            rows++;
        }
        Assert.That(rows, Is.EqualTo(6561));
    }

    private static string Describe(string asked, bool unprivileged = false, bool userOwnsPid = false)
    {
        NamespaceType[] order = [NamespaceType.User, NamespaceType.Pid, NamespaceType.Mount, NamespaceType.Network];
        List<Namespace> namespaces = [];
        for (int i = 0; i < order.Length; i++)
            if (asked[i] != '-')
                namespaces.Add(new(order[i], asked[i] == 'P' ? "/" + order[i] : null));
        NamespacePlan plan = NamespacePlan.From(namespaces.ToArray(), unprivileged, userOwnsPid);
        List<string> words = [];
        string Names(ulong flags)
        {
            List<string> names = [];
            foreach (NamespaceType type in order)
                if ((flags & NamespacePlan.Flag(type)) != 0)
                    names.Add(type.ToString().ToLowerInvariant());
            return string.Join(',', names);
        }
        if (plan.CloneFlags != 0)
            words.Add("c:" + Names(plan.CloneFlags));
        if (plan.Unshare != 0)
            words.Add("u:" + Names(plan.Unshare));
        if (plan.SecondClone)
            words.Add("2");
        if (plan.JoinsPid)
            words.Add("b");
        if (plan.JoinFirst.Length > 0)
            words.Add("j:" + string.Join(',', Array.ConvertAll(plan.JoinFirst, i => namespaces[i].Type.ToString().ToLowerInvariant())));
        if (plan.JoinLast.Length > 0)
            words.Add("l:" + string.Join(',', Array.ConvertAll(plan.JoinLast, i => namespaces[i].Type.ToString().ToLowerInvariant())));
        if (plan.JoinUser >= 0)
            words.Add("s");
        if (plan.UnshareUser != 0)
            words.Add("U");
        if (plan.JoinPidLate >= 0)
            words.Add("p");
        return string.Join(' ', words);
    }
}
