package plugin

// What gen netpol says of itself.
const (
	netpolLong = `
			Write NetworkPolicies that let through what was observed of a workload, or, without one, of
			every workload of the namespace. SOURCE is a file, a folder or - with flows, plain, gzip or
			zstd: of Hubble, Calico's Whisker, NetObserv, the AWS VPC CNI, Inspektor Gadget, Istio's
			access logs, conntrack, /proc/net/tcp and its kin, ss, or Kubescape's NetworkNeighborhoods;
			or Observations made of such ones. What they are is found by their content.

			Without --from, and with --from static, what workloads are configured to call stands for what
			was not observed: addresses in their environment, command lines and ConfigMaps, and what
			leads to them, such as an Ingress. It says what would see more. A direction is closed then
			only where all that is configured can be written; Secrets are not read, and may say more.
			Beside flows it tells what is configured and was never observed, and the other way round.

			Addresses are resolved with what the cluster says now, or with -f and --local a file with
			its objects, such as a snapshot: to pods, their workloads, Services and the ports behind
			them, the API server, nodes. A rule names the pods of a peer by the labels that its owner
			selects them by, and the port of the pods; replies need none.

			A direction is closed where something was observed in it, or --isolate asks for it, and
			each peer that was observed can be written; it stays open where one cannot, such as a node,
			whose address changes, or a pod that is gone. Where egress is closed, names can be asked
			for; where ingress is closed, webhooks, scrapers and what exposes the workload come in,
			seen or not: each such rule is counted and named as added, and --exact leaves them out.
			With --flavor cilium the API server, nodes and names outside can be written, too.

			Before anything is printed, all policies are run through an evaluator together with those
			that are there: all that was observed is allowed, and nothing beyond what is named.
			Policies add up: what another one lets through, these do not close.

			--view shows the flows themselves, with what policies let through now and with the new ones.

			Exit codes: 0 written; 2 nothing could be read, nothing of FILE was observed of the workloads,
			or something that was observed would not be allowed.`

	netpolExamples = `
			# What can be said of the namespace without any flows, and what would see more
			kubectl harden gen netpol -n shop

			# What deploy/cart was seen to use, from flows of Hubble
			hubble observe --namespace shop --last 100000 -o json > flows.json
			kubectl harden gen netpol deploy/cart -n shop --from flows.json

			# Who reaches whom, as a page to look at
			kubectl harden gen netpol -n shop --from flows.json --view html > flows.html

			# Every workload of the namespace, and a policy that closes what is left
			kubectl harden gen netpol -n shop --from flows/ --default-deny

			# Policies of Cilium, which can name hosts outside
			kubectl harden gen netpol -n shop --from flows.json --flavor cilium

			# What was seen and what is configured
			kubectl harden gen netpol -n shop --from flows.json --from static

			# From the connections that nodes track, with a snapshot in place of a cluster
			kubectl harden gen netpol -n shop --from conntrack/ -f cluster.json --local

			# Without the tests of a day
			kubectl harden gen netpol --from flows.json --exclude-edge 'deploy/load->*'

			# Without what was seen but once
			kubectl harden gen netpol deploy/cart --from flows.json --min-count 2`
)
