using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

internal sealed class SeccompRulesTests
{
    private static void Check(string seccomp)
        => SeccompRules.Check(
            ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","linux":{"seccomp":{ {{seccomp}} } } }""")).Linux.Seccomp!);

    [TestCase("\"defaultAction\":\"ALLOW\"", "/defaultAction")]
    [TestCase("\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\"}]", "/defaultAction")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_NOTIFY\"", "/defaultAction")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1", "/defaultErrnoRet")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\",\"x86\"]", "/architectures/1")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"TSYNC\"]", "/flags/0")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"x\"", "/listenerMetadata")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}]", "/syscalls/0/names")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"X\"}]", "/syscalls/0/action")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]",
        "/syscalls/0/action")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]",
        "/syscalls/0/errnoRet")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]", "/syscalls/0/args/0/index")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":5,\"value\":1,\"op\":\"EQ\"}]}]", "/syscalls/0/args/0/op")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\"}]", "/listenerPath")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\"}]", "/listenerPath")]
    [Must("seccomp.defaultErrnoRet"), Must("seccomp.metadata-alone"), Must("seccomp.names-empty")]
    [Must("seccomp.errnoRet"), Must("extensibility.invalid")]
    public void A_profile_that_breaks_a_rule_is_refused(string seccomp, string pointer)
        => Assert.That(Assert.Throws<ContainerException>(() => Check(seccomp))!.Pointer, Is.EqualTo("/linux/seccomp" + pointer));

    [TestCase("")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"flags\":[],\"architectures\":[\"SCMP_ARCH_SHEB\"]")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_TRACE\",\"defaultErrnoRet\":38,\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],\"listenerPath\":\"/x\",\"listenerMetadata\":\"y\"")]
    [TestCase("\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\",\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_NOTIFY\",\"args\":[]}]")]
    public void A_profile_that_keeps_the_rules_is_allowed(string seccomp) => Assert.That(() => Check(seccomp), Throws.Nothing);
}
